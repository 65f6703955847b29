#include "localcloud/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <limits>
#include <type_traits>

#include "localcloud/model/latency_profile.h"

namespace localcloud {
namespace {

// Accepts decimal notation only. CLI11's own check would accept "nan" and "0x10", and read "010" as
// octal.
template <typename Number>
CLI::Validator NumberIn(Number least, Number most) {
  return {[=](const std::string& text) {
            Number value = 0;
            const char* const end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            const bool octal = std::is_integral_v<Number> && text.size() > 1 && text[0] == '0';
            const bool number = error == std::errc() && stop == end && !octal;
            if (number && value >= least && value <= most) return std::string();
            return fmt::format("must be a number from {} to {}, not '{}'", least, most, text);
          },
          fmt::format("in [{} - {}]", least, most)};
}

// Refuses options that are for other machines than those asked for.
void CheckMachines(const CLI::App& serve, const std::string& machines) {
  const auto refuse = [&](const char* option, const std::string& why) {
    if (serve.count(option) > 0) throw std::runtime_error(fmt::format("{} {}", option, why));
  };
  if (machines == "qemu") {
    for (const char* model : {"--profile", "--time_scale", "--rtt", "--seed", "--ssh_port"})
      refuse(model, "is for --machines=sandbox: nothing of virtual machines is modelled");
  } else {
    for (const char* real : {"--qemu_image", "--network"}) refuse(real, "is for --machines=qemu");
  }
}

}  // namespace

CommandLine ParseCommandLine(int argc, char** argv) {
  CLI::App app(
      "An EC2-compatible cloud in one process. Listens on the loopback interface only. Its "
      "latencies are modelled.",
      "localcloud");
  app.require_subcommand(1);
  CommandLine line;
  ServeOptions& options = line.serve;
  CLI::App* serve =
      app.add_subcommand("serve",
                         "Runs the cloud until SIGTERM. Prints one JSON line when ready: "
                         "endpoint_url, region, access_key_id, secret_access_key, "
                         "ssh_port");
  serve->add_option("--port", options.port, "TCP port of the endpoint; 0: any free port")
      ->check(NumberIn<std::uint16_t>(0, 65'535))
      ->capture_default_str();
  serve
      ->add_option("--profile", options.profile,
                   "Latency profile: the path of a JSON file, or a built-in profile: " +
                       CLI::detail::join(LatencyProfile::BuiltInNames(), ", "))
      ->capture_default_str();
  serve
      ->add_option("--time_scale", options.time_scale,
                   "Multiplies modelled durations, except round trips and protocol times")
      ->check(NumberIn<double>(0, 1000))
      ->capture_default_str();
  serve->add_option(
      "--rtt", options.rtt,
      "Round trip to every region, for example 20ms; default: the profile's value for each region");
  serve->add_option("--seed", options.seed, "Random seed of the modelled durations")
      ->check(NumberIn<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  serve->add_option("--ssh_port", options.ssh_port, "SSH port of all instances; 0: any free port")
      ->check(NumberIn<std::uint16_t>(0, 65'535))
      ->capture_default_str();
  serve->add_option("--faults", options.faults,
                    "JSON file of deliberate faults (see docs/localcloud.md)");
  serve
      ->add_option("--machines", options.machines,
                   "What stands behind instances: sandbox (modelled times, real SSH) or qemu "
                   "(virtual machines; nothing is modelled)")
      ->check(CLI::IsMember({"sandbox", "qemu"}))
      ->capture_default_str();
  serve
      ->add_option("--qemu_image", options.qemu_image,
                   "What virtual machines boot: debian, small, or a disk image with cloud-init")
      ->capture_default_str();
  serve
      ->add_option("--network", options.network,
                   "The network namespace of virtual machines: own, or current (this process is "
                   "alone in one)")
      ->check(CLI::IsMember({"own", "current"}))
      ->capture_default_str();
  serve->add_flag("--exit_with_parent", options.exit_with_parent,
                  "Stop when the parent process ends");
  CLI::App* image = app.add_subcommand(
      "image", "Builds the image of virtual machines unless there is one, and prints its path");
  image->add_option("name", options.qemu_image, "As --qemu_image of serve")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    app.exit(help);
    if (!std::cout.flush().good()) throw std::runtime_error("cannot write to standard output");
    return line;
  } catch (const CLI::ParseError& error) {
    throw std::runtime_error(std::string(error.what()) + " (see localcloud serve --help)");
  }
  if (serve->parsed()) CheckMachines(*serve, options.machines);
  line.command = serve->parsed() ? CommandLine::Command::kServe : CommandLine::Command::kImage;
  return line;
}

}  // namespace localcloud
