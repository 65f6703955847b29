// localcloud: an EC2-compatible cloud in one process.
#include <event2/event.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "localcloud/cloud.h"
#include "localcloud/gateway.h"
#include "localcloud/guest/image_tree.h"
#include "localcloud/guest/sandbox_available.h"
#include "localcloud/loop/duration_text.h"
#include "localcloud/loop/printable.h"
#include "localcloud/loop/temporary_directory.h"
#include "localcloud/machine/machine_settings.h"
#include "localcloud/sandbox/reserved_port.h"
#include "localcloud/sandbox/sandbox_machine_factory.h"
#include "localcloud/services.h"

namespace localcloud {
namespace {

// Prints one line on standard error.
void Say(const std::string& message) {
  std::fprintf(stderr, "localcloud: %s\n", Printable(message).c_str());
}

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

struct ServeOptions {
  std::uint16_t port = 0;
  std::string profile = "ec2";
  double time_scale = 1;
  std::string rtt;
  std::uint64_t seed = 1;
  std::uint16_t ssh_port = 0;
  std::string faults;
  bool exit_with_parent = false;
};

using EventBase = std::unique_ptr<event_base, decltype(&event_base_free)>;
using Event = std::unique_ptr<event, decltype(&event_free)>;

// Makes timers as precise as the kernel allows. libevent's default clock is coarse. It also caches
// the time during a turn of the loop, which would let a modelled delay end early.
EventBase MakeEventBase() {
  event_config* config = event_config_new();
  event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
  event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
  EventBase base(event_base_new_with_config(config), &event_base_free);
  event_config_free(config);
  if (base == nullptr) throw std::runtime_error("cannot make an event loop");
  return base;
}

// The first signal ends the loop, and then everything is shut down in order. A second signal ends
// this process at once; the next localcloud removes what it leaves behind.
Event StopOn(event_base* base, int signal_number) {
  Event event(evsignal_new(
                  base, signal_number,
                  [](int, short, void* loop) {
                    std::signal(SIGTERM, SIG_DFL);
                    std::signal(SIGINT, SIG_DFL);
                    std::signal(SIGHUP, SIG_DFL);
                    event_base_loopbreak(static_cast<event_base*>(loop));
                  },
                  base),
              &event_free);
  event_add(event.get(), nullptr);
  return event;
}

// Each instance has several descriptors (addresses, sessions, its sandbox), and there may be
// hundreds of instances at a time.
void AllowManyDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // on failure, fewer connections are possible
}

// Ends the loop when the parent process ends. A signal (PDEATHSIG) would not do: it would be sent a
// second time, and end this process before it has removed its directory. If the parent ends before
// this object watches it, writing the line to standard output fails.
class ParentWatch {
 public:
  explicit ParentWatch(event_base* base)
      : fd_(static_cast<int>(syscall(SYS_pidfd_open, getppid(), 0))),
        event_(event_new(
                   base, fd_, EV_READ,
                   [](int, short, void* loop) {
                     event_base_loopbreak(static_cast<event_base*>(loop));
                   },
                   base),
               &event_free) {
    if (fd_ < 0) throw std::runtime_error("--exit_with_parent: cannot watch the parent process");
    event_add(event_.get(), nullptr);
  }
  ~ParentWatch() {
    event_.reset();
    close(fd_);
  }
  ParentWatch(const ParentWatch&) = delete;
  ParentWatch& operator=(const ParentWatch&) = delete;

 private:
  const int fd_;
  Event event_;
};

void PrintReady(const Cloud& cloud, const Gateway& gateway) {
  const nlohmann::ordered_json line = {
      {"endpoint_url", "http://127.0.0.1:" + std::to_string(gateway.port())},
      {"region", RegionNames().front()},
      {"access_key_id", cloud.access_key().access_key_id},
      {"secret_access_key", cloud.access_key().secret_access_key},
      {"ssh_port", cloud.options().ssh_port},
  };
  std::printf("%s\n", line.dump().c_str());
  if (std::fflush(stdout) != 0) throw std::runtime_error("cannot write to standard output");
}

// This program does not need the caller's AWS credentials. Removes them from the environment, and
// overwrites the kernel's copy that /proc/PID/environ shows.
void ForgetCallersCredentials() {
  constexpr std::string_view kPrefix = "AWS_";
  for (char** entry = environ; *entry != nullptr;) {
    const std::string name(*entry, std::strcspn(*entry, "="));
    if (!name.starts_with(kPrefix)) {
      ++entry;
      continue;
    }
    char* const text = *entry;
    unsetenv(name.c_str());  // moves the following entries up
    explicit_bzero(text, std::strlen(text));
  }
}

// The trees are shared by both architectures: programs come from this host.
std::map<std::string, PublicImages> ModelledImages(const std::string& base_image) {
  constexpr char kModelled[] = "Amazon Linux 2023 as the local cloud models it";
  const PublicImages images = {
      {"al2023-ami-2023.10.20260105.0-kernel-6.1", kModelled, base_image},
      {"al2023-ami-ecs-hvm-2023.0.20260105-kernel-6.1", kModelled, base_image + kDockerTree}};
  return {{"x86_64", images}, {"arm64", images}};
}

// Throws std::runtime_error if the user can correct the problem.
void Serve(const ServeOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  // Without this, exceeding the limit on file sizes would end the process. Now the write fails and
  // is reported.
  std::signal(SIGXFSZ, SIG_IGN);
  AllowManyDescriptors();
  CloudOptions cloud_options;
  cloud_options.profile = LatencyProfile::Load(options.profile);
  if (!options.faults.empty())
    cloud_options.faults = FaultPlan::Load(options.faults, ActionNames());
  if (!options.rtt.empty()) cloud_options.rtt = ParseDuration(options.rtt, "--rtt");
  cloud_options.time_scale = options.time_scale;
  cloud_options.seed = options.seed;

  const EventBase base = MakeEventBase();
  const Event on_term = StopOn(base.get(), SIGTERM);
  const Event on_int = StopOn(base.get(), SIGINT);
  // Sent when the terminal is closed. nohup(1) sets it to be ignored.
  std::optional<Event> on_hup;
  struct sigaction hangup {};
  if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
    on_hup.emplace(StopOn(base.get(), SIGHUP));
  std::optional<ParentWatch> parent;
  if (options.exit_with_parent) parent.emplace(base.get());

  const TemporaryDirectory directory;
  const ReservedPort ssh_port(options.ssh_port);
  cloud_options.directory = directory.path();
  cloud_options.ssh_port = ssh_port.port();
  const std::string base_image = directory.path() + "/al2023";
  CreateBaseImage(base_image);
  CreateDockerImage(base_image + kDockerTree);
  cloud_options.public_images = ModelledImages(base_image);
  std::string why;
  const bool sandbox = SandboxAvailable(base_image, &why);
  if (!sandbox) Say("guest commands are refused: " + why);

  std::uint16_t endpoint_port = 0;  // set once it is known
  Cloud cloud(base.get(), std::move(cloud_options), [&](std::chrono::nanoseconds round_trip) {
    MachineSettings settings;
    settings.base = base.get();
    settings.ssh_port = ssh_port.port();
    settings.round_trip = round_trip;
    settings.sandbox_commands = sandbox;
    settings.endpoint_port = [&endpoint_port] { return endpoint_port; };
    return MakeSandboxMachineFactory(settings);
  });
  const Gateway gateway(base.get(), &cloud, options.port);
  endpoint_port = gateway.port();
  PrintReady(cloud, gateway);
  event_base_dispatch(base.get());
}

int Main(int argc, char** argv) {
  CLI::App app(
      "An EC2-compatible cloud in one process. Listens on the loopback interface only. Its "
      "latencies are modelled.",
      "localcloud");
  app.require_subcommand(1);
  ServeOptions options;
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
  serve->add_flag("--exit_with_parent", options.exit_with_parent,
                  "Stop when the parent process ends");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    const int status = app.exit(help);
    if (std::cout.flush().good()) return status;
    Say("cannot write to standard output");
    return 2;
  } catch (const CLI::ParseError& error) {
    Say(std::string(error.what()) + " (see localcloud serve --help)");
    return 2;
  }
  try {
    Serve(options);
  } catch (const std::exception& failure) {
    Say(failure.what());
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace localcloud

int main(int argc, char** argv) {
  localcloud::ForgetCallersCredentials();
  return localcloud::Main(argc, argv);
}
