#include "suites/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "aws/error.h"
#include "aws/given_file.h"
#include "aws/profile_settings.h"
#include "fixtures/fleet/fleet_config.h"
#include "suites/benchmark_flags.h"
#include "suites/flag_values.h"

namespace suites {
namespace {

using fixtures::LaunchOptions;

// Machines of one Burst or Hybrid benchmark.
constexpr int kMostTogether = 1000;

// What CLI11 fills before it is checked and converted.
struct RawFlags {
  std::vector<std::string> regions;
  std::vector<std::string> tags;
  std::vector<std::string> hybrid_sizes;
  std::string cloud = "local";
  std::string address = "public";
  std::string cleanup;
};

// Why `text` is no amount of money that can be spent; empty where it is one.
std::string RefuseAsAmount(const std::string& text) {
  double usd = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), usd);
  const bool is_amount =
      error == std::errc() && end == text.data() + text.size() && std::isfinite(usd) && usd > 0;
  return is_amount ? "" : "'" + text + "' is not an amount above 0";
}

CLI::Validator NumberIn(double least, double most) {
  return {[=](const std::string& text) { return RefuseAsNumber(text, least, most); },
          fmt::format("in [{} - {}]", least, most)};
}

CLI::Validator WholeNumberIn(std::uint64_t least, std::uint64_t most) {
  return {[=](const std::string& text) { return RefuseAsWholeNumber(text, least, most); },
          fmt::format("in [{} - {}]", least, most)};
}

void AddDuration(CLI::App& app, const std::string& name, std::chrono::milliseconds& target,
                 const std::string& help, std::string_view unit) {
  app.add_option_function<std::string>(
         name,
         [name, &target, unit](const std::string& text) {
           target = ParseDuration(name, text, unit);
         },
         help)
      ->type_name("DURATION")
      ->default_str(target.count() % 1000 == 0 ? fmt::format("{}s", target.count() / 1000)
                                               : fmt::format("{}ms", target.count()));
}

void AddTargetFlags(CLI::App& app, CommandLine& line, RawFlags& raw) {
  app.add_option("--cloud", raw.cloud,
                 "Where to launch: local (a modelled cloud in a child process) or aws")
      ->check(CLI::IsMember({"local", "aws"}))
      ->capture_default_str();
  app.add_option("--endpoint_url", line.endpoint_url,
                 "An EC2-compatible endpoint of your own; goes before --cloud");
  app.add_option("--region", raw.regions,
                 "Region, or a list a,b,... for the Region benchmarks; all others use the first "
                 "(on AWS what the AWS CLI is configured for; else us-west-2; without it Region "
                 "has five)")
      ->delimiter(',');
  app.add_option("--local_profile", line.local.profile,
                 "Latency profile of the local cloud: a name, or a JSON file")
      ->capture_default_str();
  app.add_option("--local_time_scale", line.local.time_scale,
                 "Factor on its modelled durations; 0: none")
      ->check(NumberIn(0, 1000))
      ->capture_default_str();
  app.add_option("--local_rtt", line.local.round_trip,
                 "Its round-trip time in ms, never scaled (default: the profile's)")
      ->check(NumberIn(0, 60'000));
  app.add_option("--local_seed", line.local.seed, "Seed of its draws")
      ->check(WholeNumberIn(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
}

void AddLaunchFlags(CLI::App& app, LaunchOptions& launch, RawFlags& raw) {
  app.add_option("--instance_type", launch.instance_type, "Instance type")->capture_default_str();
  app.add_option("--ami", launch.ami,
                 "Image, or resolve:ssm:PARAMETER (default: the latest Amazon Linux 2023 of the "
                 "type's architecture)");
  app.add_option("--minimal_ami", launch.minimal_ami,
                 "Image for MinimalAmi, open to the image key (default: found by its recipe, or "
                 "baked and kept)");
  app.add_option("--custom_init_ami", launch.custom_init_ami,
                 "Image for CustomInit (default: found by its recipe, or baked and kept)");
  app.add_option("--subnet_id", launch.subnet_id, "Subnet (default: a default subnet)");
  app.add_option("--security_group_id", launch.security_group_id,
                 "Security group (default: one made for the run)");
  app.add_option("--ssh_cidr", launch.ssh_cidr,
                 "Who may reach the SSH port (default: the caller's own address; with "
                 "--address=private the VPC's blocks)");
  app.add_option("--address", raw.address, "Address that is probed: public, private or ipv6")
      ->check(CLI::IsMember({"public", "private", "ipv6"}))
      ->capture_default_str();
  app.add_option("--tags", raw.tags, "More tags for everything that is made: key=value,...")
      ->delimiter(',');
  app.add_option("--iam_instance_profile", launch.iam_instance_profile, "Instance profile");
  app.add_option("--ssh_user", launch.ssh_user, "Login user")->capture_default_str();
  app.add_option_function<std::string>(
         "--ssh_key_type",
         [&launch](const std::string& type) {
           launch.ssh_key_type =
               type == "ecdsa" ? fixtures::SshKeyType::kEcdsa : fixtures::SshKeyType::kEd25519;
         },
         "Type of the keys that log in: ed25519 or ecdsa (for machines in FIPS mode)")
      ->check(CLI::IsMember({"ed25519", "ecdsa"}))
      ->default_str("ed25519");
  app.add_option("--ssh_port", launch.ssh_port, "SSH port (22; the local cloud names its own)")
      ->check(WholeNumberIn(1, 65'535));
}

void AddSweepFlags(CLI::App& app, LaunchOptions& launch) {
  app.add_option("--instance_types", launch.sweep_instance_types,
                 "Types of the InstanceType benchmarks")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--availability_zones", launch.sweep_zones,
                 "Zones of the AvailabilityZone benchmarks (default: a, b and c of the region)")
      ->delimiter(',');
  app.add_option("--ebs_sizes", launch.sweep_ebs_gib,
                 "Root volumes of the EbsSize benchmarks, in GiB")
      ->delimiter(',')
      ->check(WholeNumberIn(1, 65'536))
      ->capture_default_str();
}

void AddBurstFlags(CLI::App& app, LaunchOptions& launch, RawFlags& raw) {
  app.add_option("--burst_sizes", launch.burst_sizes, "Machines of the Burst benchmarks")
      ->delimiter(',')
      ->check(WholeNumberIn(1, kMostTogether))
      ->capture_default_str();
  app.add_option("--hybrid_sizes", raw.hybrid_sizes,
                 "Pool and burst of the Hybrid benchmarks: k/n,... (2/4)")
      ->delimiter(',');
}

void AddFleetFlags(CLI::App& app, CommandLine& line) {
  app.add_option_function<std::string>(
         "--fleet_config",
         [&line](const std::string& path) {
           try {
             line.launch.fleet = fixtures::fleet::ReadFleetConfig(path);
           } catch (const fixtures::fleet::FleetConfigError& error) {
             throw UsageError(std::string("--fleet_config: ") + error.what());
           }
         },
         "JSON file: sizes, instance types, recipes, checks and task of the Fleet benchmarks "
         "(docs/fleet.md)")
      ->type_name("FILE");
  app.add_option("--print_fleet_plan", line.print_fleet_plan,
                 "Print the graph of Fleet/<variant> as Graphviz text, and end")
      ->type_name("VARIANT");
}

void AddRunFlags(CLI::App& app, CommandLine& line, RawFlags& raw) {
  LaunchOptions& launch = line.launch;
  app.add_option("--concurrency", launch.concurrency,
                 "Launches in flight, per region (4; on the local cloud, which has no quota, 8)")
      ->check(WholeNumberIn(1, 1000));
  app.add_option("--probe_flows", launch.probe_flows,
                 "The most half-open TCP flows that probing leaves at NAT devices and firewalls")
      ->check(WholeNumberIn(16, 50'000))
      ->capture_default_str();
  AddDuration(app, "--poll_interval", launch.poll_interval,
              "From a describe's answer to the next describe", "ms");
  AddDuration(app, "--launch_timeout", launch.launch_timeout, "After which a launch has failed",
              "s");
  AddDuration(app, "--cleanup_timeout", launch.cleanup_timeout,
              "How long to wait for what is removed at the end", "s");
  AddDuration(app, "--max_lifetime", launch.max_lifetime,
              "After which a machine ends itself, though this program be gone", "s");
  app.add_option("--interleave", line.interleave,
                 "Two configuration files A,B: measures both, launch by launch in turn, and writes "
                 "two files to compare")
      ->delimiter(',');
  app.add_flag("--cold_connections", launch.cold_connections,
               "Open a connection for each API call inside the clock, as a one-shot caller does");
  app.add_option("--results_dir", line.results_dir, "Where results go without --benchmark_out")
      ->capture_default_str();
  app.add_option("--max_instances", line.limits.max_instances,
                 "Launch no more machines than this in the whole run")
      ->check(WholeNumberIn(1, 1'000'000));
  app.add_option("--max_usd", line.limits.max_usd,
                 "Launch nothing that could bring the run's machines above this cost; wants known "
                 "prices")
      ->check(CLI::Validator(RefuseAsAmount, "USD"));
  app.add_option("--resume", line.resume,
                 "Continue a run that was interrupted or killed: its id, or its .jsonl file. Wants "
                 "the same flags");
  app.add_option(
         "--yes", line.yes_account,
         "Do not ask before --cloud=aws, which costs money; =ACCOUNT: nor before --cleanup=all")
      ->expected(0, 1);
  app.add_option("--cleanup", raw.cleanup,
                 "Remove what expired or dead runs left behind, and end; =all: everything of the "
                 "tool, see --yes")
      ->expected(0, 1);
  app.add_flag("--dry_run", line.dry_run,
               "Say what the run would make and cost, ask the cloud for quota and permissions, and "
               "end: 0 ready, 1 something is missing. Creates nothing");
  app.add_option("--api_log", line.api_log,
                 "Write action, duration and error code of every API request there, as JSON lines")
      ->type_name("FILE");
  app.add_flag("--print_iam_policy", line.print_iam_policy,
               "Print the least privilege that these flags need as an IAM policy, and end; see "
               "--region, --iam_instance_profile");
}

std::unique_ptr<CLI::App> MakeApp(CommandLine& line, RawFlags& raw) {
  auto app = std::make_unique<CLI::App>(
      "launch_bench measures how long it takes to get a usable cloud machine, phase by phase.\n"
      "Without --cloud=aws it launches on a local cloud, whose latencies are modelled, not "
      "measured.",
      "launch_bench");
  app->set_help_flag();  // --help is ours: it shows Google Benchmark's flags too
  app->get_formatter()->column_width(32);
  AddTargetFlags(*app, line, raw);
  AddLaunchFlags(*app, line.launch, raw);
  AddSweepFlags(*app, line.launch);
  AddBurstFlags(*app, line.launch, raw);
  AddFleetFlags(*app, line);
  AddRunFlags(*app, line, raw);
  app->set_config("--config", "", "Read flags from a file: name=value lines, without the dashes")
      ->check([](const std::string& path) -> std::string {
        try {
          aws::ReadGivenFile(path);
          return "";
        } catch (const std::runtime_error& error) {
          return error.what();
        }
      });
  app->allow_config_extras(CLI::config_extras_mode::error);
  return app;
}

LaunchOptions::AddressFamily ParseAddress(const std::string& text) {
  if (text == "private") return LaunchOptions::AddressFamily::kPrivate;
  if (text == "ipv6") return LaunchOptions::AddressFamily::kIpv6;
  return LaunchOptions::AddressFamily::kPublic;
}

// Each value names a benchmark, and a benchmark is there once.
template <typename Value>
std::vector<Value> WithoutRepeats(const std::vector<Value>& values) {
  std::vector<Value> once;
  for (const Value& value : values) {
    if (std::ranges::find(once, value) == once.end()) once.push_back(value);
  }
  return once;
}

void ConvertPlaces(const RawFlags& raw, CommandLine& line) {
  if (!raw.regions.empty()) {
    line.launch.regions = line.launch.sweep_regions = WithoutRepeats(raw.regions);
    line.regions_given = true;
  } else if (line.cloud == CommandLine::Cloud::kAws || !line.endpoint_url.empty() ||
             line.print_iam_policy) {
    // Here rather than where the target is opened: the zones' benchmarks are named after it.
    try {
      if (std::string region = aws::ConfiguredRegion(); !region.empty())
        line.launch.regions = {std::move(region)};
    } catch (const aws::Error& error) {
      throw UsageError(error.what());
    }
  }
  line.launch.sweep_instance_types = WithoutRepeats(line.launch.sweep_instance_types);
  line.launch.sweep_zones = WithoutRepeats(line.launch.sweep_zones);
}

std::pair<int, int> ParseHybrid(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) {
    throw UsageError(fmt::format("--hybrid_sizes wants pool/burst, such as 2/4, not '{}'", text));
  }
  const int pool = PositiveCount(text.substr(0, slash), "--hybrid_sizes: a pool", kMostTogether);
  const int burst = PositiveCount(text.substr(slash + 1), "--hybrid_sizes: a burst", kMostTogether);
  if (pool > burst) {
    throw UsageError(
        fmt::format("--hybrid_sizes: a burst of {} does not use a pool of {}", burst, pool));
  }
  return {pool, burst};
}

void ConvertSizes(const RawFlags& raw, LaunchOptions& launch) {
  launch.sweep_ebs_gib = WithoutRepeats(launch.sweep_ebs_gib);
  launch.burst_sizes = WithoutRepeats(launch.burst_sizes);
  if (raw.hybrid_sizes.empty()) return;
  launch.hybrid_sizes.clear();
  for (const std::string& text : raw.hybrid_sizes) launch.hybrid_sizes.push_back(ParseHybrid(text));
  launch.hybrid_sizes = WithoutRepeats(launch.hybrid_sizes);
}

// Where no flag says how many: an AWS account may have quota for few, the local cloud has for all.
constexpr int kLocalConcurrency = 8;

// A machine that ends while it is measured would be a failure of our own making.
void CheckLifetime(const LaunchOptions& launch, bool with_fleet) {
  if (launch.max_lifetime < launch.launch_timeout) {
    throw UsageError(fmt::format("--max_lifetime ({} ms) is shorter than --launch_timeout ({} ms)",
                                 launch.max_lifetime.count(), launch.launch_timeout.count()));
  }
  if (with_fleet && launch.max_lifetime < launch.fleet.timeout) {
    throw UsageError(fmt::format(
        "--max_lifetime ({} ms) is shorter than a fleet may take ({} ms): \"timeout\" of "
        "--fleet_config",
        launch.max_lifetime.count(), launch.fleet.timeout.count()));
  }
}

void Convert(const RawFlags& raw, CommandLine& line) {
  line.cloud = raw.cloud == "aws" ? CommandLine::Cloud::kAws : CommandLine::Cloud::kLocal;
  line.launch.address = ParseAddress(raw.address);
  ConvertPlaces(raw, line);
  ConvertSizes(raw, line.launch);
  CheckLifetime(line.launch, line.wants_fleet);
  if (line.wants_fleet && raw.address != "public") {
    throw UsageError(fmt::format(
        "--address={}: fleets have networks of their own, which only public addresses reach; leave "
        "Fleet out of --benchmark_filter, or use --address=public",
        raw.address));
  }
  const std::string& cidr = line.launch.ssh_cidr;
  if (!cidr.empty() && (cidr.find(':') != std::string::npos) != (raw.address == "ipv6")) {
    throw UsageError(fmt::format("--ssh_cidr={} is of another family than --address={} probes",
                                 cidr, raw.address));
  }
  line.limits.max_lifetime = line.launch.max_lifetime;
  for (const std::string& tag : raw.tags) {
    const auto equals = tag.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(fmt::format("--tags wants key=value,...; '{}' is not of that form", tag));
    }
    if (tag.starts_with("launch-bench:"))
      throw UsageError("--tags: keys from launch-bench: are the tool's own");
    line.launch.tags.emplace_back(tag.substr(0, equals), tag.substr(equals + 1));
  }
}

// CLI11 explains itself over several lines; the first says what is wrong.
std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

CommandLine ParseCommandLine(const std::vector<std::string>& arguments) {
  CommandLine line;
  RawFlags raw;
  const auto app = MakeApp(line, raw);
  line.benchmark_arguments.push_back(arguments.empty() ? "launch_bench" : arguments.front());
  if (const char* count = std::getenv("BENCHMARK_REPETITIONS")) {
    line.repetitions = PositiveCount(count, "BENCHMARK_REPETITIONS", kMostRepetitions);
  }
  std::vector<std::string> own;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      line.show_help = true;
    } else if (IsBenchmarkFlag(argument)) {
      ReadBenchmarkFlag(argument, line);
    } else if (argument.starts_with("--benchmark_")) {
      throw UsageError(fmt::format("unknown flag {}; --help shows all", FirstLine(argument)));
    } else {
      own.push_back(argument);
    }
  }
  if (line.show_help) return line;
  std::ranges::reverse(own);  // CLI11 takes them from the back
  try {
    app->parse(own);
  } catch (const CLI::ExtrasError&) {
    throw UsageError(
        fmt::format("unknown flag {}; --help shows all", fmt::join(app->remaining(), " ")));
  } catch (const CLI::Error& error) {
    throw UsageError(FirstLine(error.what()) + "; --help shows all flags");
  }
  if (const auto* config = app->get_config_ptr(); config->count() > 0)
    line.config_file = config->as<std::string>();
  line.ssh_port_given = app->count("--ssh_port") > 0;
  line.yes = app->count("--yes") > 0;
  if (app->count("--cleanup") > 0) {
    if (!raw.cleanup.empty() && raw.cleanup != "all") {
      throw UsageError(fmt::format("--cleanup takes no value or 'all', not '{}'", raw.cleanup));
    }
    line.cleanup =
        raw.cleanup == "all" ? CommandLine::Cleanup::kAll : CommandLine::Cleanup::kAbandoned;
  }
  if (line.dry_run && !line.resume.empty())
    throw UsageError("--dry_run says what a new run would do; leave --resume away");
  Convert(raw, line);
  if (app->count("--concurrency") == 0 && line.cloud == CommandLine::Cloud::kLocal &&
      line.endpoint_url.empty()) {
    line.launch.concurrency = kLocalConcurrency;
  }
  return line;
}

std::vector<CommandLine> ParseInterleaved(const std::vector<std::string>& arguments) {
  const std::vector<std::string> files = ParseCommandLine(arguments).interleave;
  if (files.size() != 2)
    throw UsageError("--interleave wants two configuration files: --interleave=A.conf,B.conf");
  std::vector<CommandLine> lines;
  for (const std::string& file : files) {
    std::vector<std::string> own = WithoutFlag(arguments, "interleave");
    own.push_back("--config=" + file);
    lines.push_back(ParseCommandLine(own));
    const CommandLine& line = lines.back();
    if (!line.resume.empty()) throw UsageError("--resume continues one run, not two interleaved");
    if (line.dry_run)
      throw UsageError("--dry_run takes one configuration: --config=FILE instead of --interleave");
    if (!line.api_log.empty())
      throw UsageError("--api_log is of one configuration, not of two interleaved");
    if (!line.interleave.empty())
      throw UsageError(fmt::format("{} must not name --interleave itself", file));
    if (!line.out.empty())
      throw UsageError("--interleave writes two files; name a directory: --results_dir");
    if (line.format != "console")
      throw UsageError("--interleave prints tables only; its JSON is in the two files");
  }
  // They take turns: in one number of turns, and in one number of launches at a time.
  if (lines[0].launch.concurrency != lines[1].launch.concurrency)
    throw UsageError("--interleave: both configurations must have the same --concurrency");
  return lines;
}

std::string HelpText() {
  CommandLine line;
  RawFlags raw;
  return MakeApp(line, raw)->help() + kBenchmarkHelp;
}

}  // namespace suites
