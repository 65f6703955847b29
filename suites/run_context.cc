#include "suites/run_context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "git_revision.h"

namespace suites {
namespace {

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

std::map<std::string, std::string> DescribeRun(const fixtures::LaunchOptions& options,
                                               const Target& target, const std::string& run_id) {
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
  if (target.modelled) {
    context["note"] = "latencies of the local cloud are modelled, not measured on AWS";
    context["profile"] = target.model.profile;
    context["time_scale"] = fmt::format("{}", target.model.time_scale);
    context["seed"] = std::to_string(target.model.seed);
    context["rtt_ms"] = target.model.round_trip.empty() ? "profile" : target.model.round_trip;
  }
  return context;
}

std::string VersionText() {
  return fmt::format("{} ({})", LAUNCH_BENCH_VERSION, LAUNCH_BENCH_GIT_REVISION);
}

}  // namespace suites
