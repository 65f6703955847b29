#include "suites/command/flag_definitions.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "fixtures/fleet/fleet_config.h"
#include "suites/command/benchmark_flags.h"
#include "suites/command/flag_values.h"
#include "suites/command/help_text.h"

namespace suites {
namespace {

using fixtures::LaunchOptions;

// Returns why `text` is not an amount above 0; empty if it is one.
std::string RefuseAsAmount(const std::string& text) {
  double usd = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), usd);
  const bool is_amount =
      error == std::errc() && end == text.data() + text.size() && std::isfinite(usd) && usd > 0;
  return is_amount ? "" : "'" + text + "' is not an amount above 0";
}

CLI::Validator NumberIn(double least, double most) {
  return {[=](const std::string& text) { return RefuseAsNumber(text, least, most); }, "NUMBER"};
}

CLI::Validator WholeNumberIn(std::uint64_t least, std::uint64_t most) {
  return {[=](const std::string& text) { return RefuseAsWholeNumber(text, least, most); }, "N"};
}

CLI::Validator OneOf(std::vector<std::string> words) {
  return {[words = std::move(words)](const std::string& text) { return RefuseAsWord(text, words); },
          "WORD"};
}

// The flags of one group.
class Group {
 public:
  Group(CLI::App& app, const char* name) : app_(app), name_(name) {}

  // `value` is its name in --help.
  template <typename Target>
  CLI::Option* Add(const std::string& flag, const std::string& value, Target& target,
                   const std::string& help) {
    return Placed(app_.add_option(flag, target, help), "=" + value);
  }
  template <typename Target>
  CLI::Option* AddList(const std::string& flag, const std::string& value, Target& target,
                       const std::string& help) {
    CLI::Option* option = app_.add_option(flag, target, help)->delimiter(',');
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return option->group(name_)->option_text("=" + value);
  }
  CLI::Option* AddSwitch(const std::string& flag, bool& target, const std::string& help) {
    return Placed(app_.add_flag(flag, target, help), "");
  }
  // Adds a flag whose value is optional. Sets `given` if the flag is given.
  void AddOptional(const std::string& flag, const std::string& value, std::string& target,
                   bool& given, const std::string& help) {
    Placed(app_.add_option_function<std::string>(
               flag,
               [&target, &given](const std::string& text) {
                 target = text;
                 given = true;
               },
               help),
           "[=" + value + "]")
        ->expected(0, 1);
  }
  void AddDuration(const std::string& flag, std::chrono::milliseconds& target,
                   std::string_view unit, const std::string& help) {
    Placed(app_.add_option_function<std::string>(
               flag,
               [flag, unit, &target](const std::string& text) {
                 target = ParseDuration(flag, text, unit);
               },
               help),
           "=DURATION")
        ->default_str(unit == "s" ? fmt::format("{}s", target.count() / 1000)
                                  : fmt::format("{}ms", target.count()));
  }
  template <typename Action>
  void AddAction(const std::string& flag, const std::string& value, Action action,
                 const std::string& help) {
    Placed(app_.add_option_function<std::string>(flag, std::move(action), help), "=" + value);
  }
  void AddBenchmarkFlags() {
    for (const BenchmarkFlag& flag : BenchmarkFlags()) {
      if (flag.group != name_) continue;
      app_.add_option_function<std::string>(
              "--" + std::string(flag.name), [](const std::string&) {}, std::string(flag.help))
          ->group(name_)
          ->option_text(flag.value.empty() ? "" : "=" + std::string(flag.value));
    }
  }

 private:
  // If a flag is given twice, the last value wins, as with Google Benchmark.
  CLI::Option* Placed(CLI::Option* option, const std::string& value) {
    return option->take_last()->group(name_)->option_text(value);
  }

  CLI::App& app_;
  const char* const name_;
};

void AddTargetFlags(CLI::App& app, CommandLine& line, RawFlags& raw) {
  Group group(app, kTargetGroup);
  group
      .Add("--cloud", "CLOUD", raw.cloud,
           "local (a modelled cloud in a child process), qemu (the same with real virtual machines "
           "on this host, so nothing is modelled) or aws")
      ->check(OneOf({"local", "qemu", "aws"}))
      ->capture_default_str();
  group
      .Add("--qemu_image", "IMAGE", raw.qemu_image,
           "Image of the machines of --cloud=qemu: debian, small (busybox), or a disk image (qcow2 "
           "or raw) with cloud-init. debian and small are built when they are first used")
      ->capture_default_str();
  group.Add("--endpoint_url", "URL", line.endpoint_url,
            "Another EC2-compatible endpoint; overrides --cloud");
  group.AddList("--region", "REGION,...", raw.regions,
                "Where to launch: the Region benchmarks use all (default: five), the others the "
                "first (default on AWS: the AWS CLI's region, else us-west-2)");
  group.Add("--subnet_id", "ID", line.launch.subnet_id, "Subnet (default: a default subnet)");
  group.Add("--security_group_id", "ID", line.launch.security_group_id,
            "Security group (default: created for the run)");
  group.Add("--ssh_cidr", "CIDR", line.launch.ssh_cidr,
            "Addresses that may reach the SSH port (default: this machine's own address; with "
            "--address=private the VPC's blocks)");
  group.Add("--iam_instance_profile", "NAME", line.launch.iam_instance_profile,
            "Instance profile of the machines");
  group.AddList("--tags", "KEY=VALUE,...", raw.tags,
                "Additional tags for everything that is created");
}

void AddLaunchFlags(CLI::App& app, CommandLine& line, RawFlags& raw) {
  LaunchOptions& launch = line.launch;
  Group group(app, kLaunchGroup);
  group.AddBenchmarkFlags();
  group.Add("--instance_type", "TYPE", launch.instance_type, "Instance type")
      ->capture_default_str();
  group.Add("--ami", "IMAGE", launch.ami,
            "Image, or resolve:ssm:PARAMETER (default: the latest Amazon Linux 2023 of the type's "
            "architecture)");
  group.Add("--minimal_ami", "IMAGE", launch.minimal_ami,
            "Image of MinimalAmi, open to the image key (default: found by its recipe, or baked "
            "and kept)");
  group.Add("--custom_init_ami", "IMAGE", launch.custom_init_ami,
            "Image of CustomInit (default: found by its recipe, or baked and kept)");
  group.AddList("--instance_types", "TYPE,...", launch.sweep_instance_types,
                "Types of the InstanceType benchmarks (default: t3.medium and five .large)");
  group.AddList("--availability_zones", "ZONE,...", launch.sweep_zones,
                "Zones of the AvailabilityZone benchmarks (default: a, b and c of the region)");
  group
      .AddList("--ebs_sizes", "GIB,...", launch.sweep_ebs_gib,
               "Root volumes of the EbsSize benchmarks (default 8,20)")
      ->check(WholeNumberIn(1, 65'536));
  group
      .AddList("--burst_sizes", "N,...", launch.burst_sizes,
               "Machines of the Burst benchmarks (default 4,8)")
      ->check(WholeNumberIn(1, kMostTogether));
  group.AddList("--hybrid_sizes", "K/N,...", raw.hybrid_sizes,
                "Pool and burst of the Hybrid benchmarks (default 2/4)");
  group.AddAction(
      "--fleet_config", "FILE",
      [&line](const std::string& path) {
        try {
          line.launch.fleet = std::make_shared<fixtures::fleet::FleetSettings>(
              fixtures::fleet::ReadFleetConfig(path));
        } catch (const fixtures::fleet::FleetConfigError& error) {
          throw UsageError(std::string("--fleet_config: ") + error.what());
        }
      },
      "JSON file: sizes, instance types, recipes, checks and task of the Fleet benchmarks "
      "(docs/fleet.md)");
  group.Add("--config", "FILE", line.config_file, "Read flags from a file; see below");
  group.AddList("--interleave", "A,B", line.interleave,
                "Measure two configurations, one in each of two files, launch by launch in turn, "
                "and write two files to compare");
}

void AddMeasureFlags(CLI::App& app, LaunchOptions& launch, RawFlags& raw) {
  Group group(app, kMeasureGroup);
  group.Add("--address", "FAMILY", raw.address, "Address that is probed: public, private or ipv6")
      ->check(OneOf({"public", "private", "ipv6"}))
      ->capture_default_str();
  group.Add("--ssh_user", "NAME", launch.ssh_user, "Login user")->capture_default_str();
  group
      .Add(
          "--ssh_key_type", "TYPE", raw.ssh_key_type,
          "Type of the SSH keys: ed25519, or ecdsa (for machines in FIPS mode). CustomInit and EC2 "
          "Instance Connect (WarmPool/InstanceConnect, WarmPool/TagClaim, Hybrid) do not accept "
          "ecdsa")
      ->check(OneOf({"ed25519", "ecdsa"}))
      ->capture_default_str();
  group
      .Add("--ssh_port", "PORT", launch.ssh_port,
           "SSH port (default 22; a local cloud reports its own)")
      ->check(WholeNumberIn(1, 65'535));
  group
      .Add(
          "--concurrency", "N", launch.concurrency,
          "Launches in flight, per region (default 4; on the local cloud, which has no quota, 12; "
          "with --cloud=qemu as many as have CPU cores of their own). Refused if the limit of open "
          "files is too low for it")
      ->check(WholeNumberIn(1, 1000));
  group.AddDuration("--poll_interval", launch.poll_interval, "ms",
                    "Time between describe calls, which do not wait for each other's answers");
  group
      .Add("--probe_flows", "N", launch.probe_flows,
           "The most half-open TCP flows that probing leaves at NAT devices and firewalls")
      ->check(WholeNumberIn(16, 50'000))
      ->capture_default_str();
  group.AddSwitch(
      "--cold_connections", launch.cold_connections,
      "Open a connection for each API call inside the clock, as a one-shot caller does");
  group.AddSwitch("--guest_phases", launch.guest_phases,
                  "After the clock has stopped, ask each machine that booted for the phases of its "
                  "boot; --guest_phases=false: do not");
}

void AddLimitFlags(CLI::App& app, CommandLine& line, RawFlags& raw) {
  Group group(app, kLimitsGroup);
  group
      .Add("--max_usd", "USD", line.limits.max_usd,
           "Launch nothing that could raise the cost of the run's machines above this; requires "
           "known prices")
      ->check(CLI::Validator(RefuseAsAmount, "USD"));
  group
      .Add("--max_instances", "N", line.limits.max_instances,
           "Launch no more machines than this in the whole run")
      ->check(WholeNumberIn(1, 1'000'000));
  group.AddDuration(
      "--launch_timeout", line.launch.launch_timeout, "s",
      "A launch that takes longer has failed. Without KVM the default for --cloud=qemu is 900s");
  group.AddDuration("--cleanup_timeout", line.launch.cleanup_timeout, "s",
                    "How long to wait at the end until everything is removed");
  group.AddDuration("--max_lifetime", line.launch.max_lifetime, "s",
                    "A machine terminates itself after this time, even if launch_bench has died");
  group.AddOptional(
      "--yes", "ACCOUNT", raw.yes_account, line.yes,
      "Do not ask before a run with --cloud=aws, which costs money; with ACCOUNT, also confirm "
      "--cleanup=all");
}

void AddResultFlags(CLI::App& app, CommandLine& line) {
  Group group(app, kResultsGroup);
  group
      .Add("--results_dir", "DIRECTORY", line.results_dir,
           "Directory for results without --benchmark_out")
      ->capture_default_str();
  group.AddBenchmarkFlags();
  group.AddSwitch("--verbose", line.verbose,
                  "Also print every launch (the .jsonl file always has them)");
  group.Add("--resume", "RUN", line.resume,
            "Continue a run that was interrupted or killed: its id, or its .jsonl file. Requires "
            "the same flags");
  group.Add("--api_log", "FILE", line.api_log,
            "Write action, duration and error code of every API request to FILE, as JSON lines");
}

void AddLocalFlags(CLI::App& app, LocalCloudSettings& local) {
  Group group(app, kLocalGroup);
  group
      .Add("--local_time_scale", "FACTOR", local.time_scale,
           "Factor on its modelled durations: 0.05 is 20 times as fast, 0 skips them")
      ->check(NumberIn(0, 1000))
      ->capture_default_str();
  group.Add("--local_profile", "PROFILE", local.profile, "Latency profile: a name, or a JSON file")
      ->capture_default_str();
  group
      .Add("--local_rtt", "MS", local.round_trip,
           "Round-trip time in ms, never scaled (default: the profile's)")
      ->check(NumberIn(0, 60'000));
  group.Add("--local_seed", "N", local.seed, "Seed of its random numbers")
      ->check(WholeNumberIn(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
}

void AddOtherFlags(CLI::App& app, CommandLine& line, RawFlags& raw) {
  Group group(app, kOtherGroup);
  group.AddSwitch("--help,-h", line.show_help, "Print this text");
  group.AddSwitch("--version", line.show_version, "Print version and revision");
  group.AddBenchmarkFlags();
  group.AddSwitch("--dry_run", line.dry_run,
                  "Print what the run would create and cost, and check quota and permissions. Exit "
                  "status: 0 ready, 1 something is missing. Creates nothing");
  group.AddOptional("--cleanup", "all", raw.cleanup, raw.cleanup_given,
                    "Remove what expired or dead runs left behind; =all: everything that "
                    "launch_bench created, see --yes");
  group.AddSwitch("--print_iam_policy", line.print_iam_policy,
                  "Print the permissions that these flags need, and no more, as an IAM policy");
  group.Add("--print_fleet_plan", "VARIANT", line.print_fleet_plan,
            "Print the graph of Fleet/<variant> as Graphviz text");
}

}  // namespace

std::unique_ptr<CLI::App> DefineFlags(CommandLine& line, RawFlags& raw) {
  auto app = std::make_unique<CLI::App>("", "launch_bench");
  app->set_help_flag();  // --help is ours
  AddTargetFlags(*app, line, raw);
  AddLaunchFlags(*app, line, raw);
  AddMeasureFlags(*app, line.launch, raw);
  AddLimitFlags(*app, line, raw);
  AddResultFlags(*app, line);
  AddLocalFlags(*app, line.local);
  AddOtherFlags(*app, line, raw);
  return app;
}

}  // namespace suites
