#include "suites/run/run_context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "git_revision.h"
#include "suites/command/command_line.h"

namespace suites {
namespace {

// Keys that Google Benchmark 1.7.1 writes.
constexpr std::array<std::string_view, 9> kLibrarysKeys = {
    "date",   "host_name", "executable",        "num_cpus", "mhz_per_cpu", "cpu_scaling_enabled",
    "caches", "load_avg",  "library_build_type"};

const char* AddressName(fixtures::LaunchOptions::AddressFamily family) {
  switch (family) {
    case fixtures::LaunchOptions::AddressFamily::kPublic:
      return "public";
    case fixtures::LaunchOptions::AddressFamily::kPrivate:
      return "private";
    case fixtures::LaunchOptions::AddressFamily::kIpv6:
      return "ipv6";
  }
  return "";
}

}  // namespace

std::map<std::string, std::string> DescribeRun(const Target& target, const std::string& run_id) {
  const fixtures::LaunchOptions& options = target.options;
  std::map<std::string, std::string> context{
      {"cloud", target.name},
      {"modelled", target.modelled ? "true" : "false"},
      {"run_id", run_id},
      {"region", fmt::format("{}", fmt::join(options.regions, ","))},
      {"instance_type", options.instance_type},
      {"address", AddressName(options.address)},
      {"concurrency", std::to_string(options.concurrency)},
      {"poll_interval_ms", std::to_string(options.poll_interval.count())},
      {"max_lifetime_s",
       std::to_string(std::chrono::ceil<std::chrono::seconds>(options.max_lifetime).count())},
      {"connections", options.cold_connections ? "cold" : "warm"},
      {"launch_bench_version", LAUNCH_BENCH_VERSION},
      {"git_revision", LAUNCH_BENCH_GIT_REVISION},
  };
  if (!options.ami.empty()) context["image"] = options.ami;
  if (!target.access.endpoint_url.empty()) context["endpoint_url"] = target.access.endpoint_url;
  if (target.machines) {
    const LocalMachines& machines = *target.machines;
    context["note"] =
        fmt::format("measured on virtual machines of one host, not comparable with AWS's times: {}",
                    DescribeMachines(machines));
    context["virtual_machines"] = "qemu";
    context["accelerator"] = machines.emulated() ? "tcg" : "kvm";
    if (!machines.why_not_kvm.empty()) context["why_not_kvm"] = machines.why_not_kvm;
    context["qemu_version"] = machines.qemu_version;
    context["host_cpu"] = machines.host_cpu;
    context["host_cpus"] = std::to_string(machines.host_cpus);
    context["guest_image"] = machines.image;
    context["guest_image_description"] = machines.image_description;
    context["guests"] = DescribeGuests(machines);
  }
  if (target.modelled) {
    context["note"] = "latencies of the local cloud are modelled, not measured on AWS";
    context["profile"] = target.model.profile;
    context["time_scale"] = fmt::format("{}", target.model.time_scale);
    context["seed"] = std::to_string(target.model.seed);
    context["rtt_ms"] = target.model.round_trip.empty() ? "profile" : target.model.round_trip;
  }
  return context;
}

void AddContext(const std::map<std::string, std::string>& more,
                std::map<std::string, std::string>* context) {
  for (const auto& [key, value] : more) {
    const bool is_librarys = std::ranges::find(kLibrarysKeys, key) != kLibrarysKeys.end();
    if (is_librarys || !context->try_emplace(key, value).second) {
      throw UsageError(fmt::format(
          "--benchmark_context={}={}: the context has a {} of its own; choose another key", key,
          value, key));
    }
  }
}

std::string VersionText() {
  return fmt::format("{} ({})", LAUNCH_BENCH_VERSION, LAUNCH_BENCH_GIT_REVISION);
}

}  // namespace suites
