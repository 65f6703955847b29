#include "suites/command/raw_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "aws/error.h"
#include "aws/profile_settings.h"
#include "fixtures/fleet/fleet_settings.h"
#include "suites/command/flag_values.h"
#include "suites/command/known_places.h"
#include "suites/command/nearest_name.h"

namespace suites {
namespace {

using fixtures::LaunchOptions;

// Defaults of --concurrency. An AWS account may have a small quota; the local cloud has none. How
// many virtual machines have CPU cores of their own is known once their cloud runs
// (host_capacity.h).
constexpr int kLocalConcurrency = 12;
constexpr int kQemuConcurrency = 1;

CommandLine::Cloud ParseCloud(const std::string& text) {
  if (text == "aws") return CommandLine::Cloud::kAws;
  if (text == "qemu") return CommandLine::Cloud::kQemu;
  return CommandLine::Cloud::kLocal;
}

LaunchOptions::AddressFamily ParseAddress(const std::string& text) {
  if (text == "private") return LaunchOptions::AddressFamily::kPrivate;
  if (text == "ipv6") return LaunchOptions::AddressFamily::kIpv6;
  return LaunchOptions::AddressFamily::kPublic;
}

// Removes duplicates: each value names a benchmark, and each benchmark exists once.
template <typename Value>
std::vector<Value> WithoutRepeats(const std::vector<Value>& values) {
  std::vector<Value> once;
  for (const Value& value : values) {
    if (std::ranges::find(once, value) == once.end()) once.push_back(value);
  }
  return once;
}

void ConvertPlaces(const RawFlags& raw, CommandLine& line) {
  if (line.endpoint_url.empty()) {
    RefuseMisspeltInstanceType("--instance_type", line.launch.instance_type);
    for (const std::string& type : line.launch.sweep_instance_types)
      RefuseMisspeltInstanceType("--instance_types", type);
  }
  if (!raw.regions.empty()) {
    if (line.endpoint_url.empty()) {  // an endpoint may have any region names
      for (const std::string& region : raw.regions) RefuseMisspeltRegion(region);
    }
    line.launch.regions = line.launch.sweep_regions = WithoutRepeats(raw.regions);
    line.regions_given = true;
  } else if (line.cloud == CommandLine::Cloud::kAws || !line.endpoint_url.empty() ||
             line.print_iam_policy) {
    // Set here and not when the target is opened, because the zones' benchmarks have the region in
    // their names.
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
    throw UsageError(
        fmt::format("--hybrid_sizes requires pool/burst, such as 2/4, not '{}'", text));
  }
  const int pool = PositiveCount(text.substr(0, slash), "--hybrid_sizes: a pool", kMostTogether);
  const int burst = PositiveCount(text.substr(slash + 1), "--hybrid_sizes: a burst", kMostTogether);
  if (pool > burst) {
    throw UsageError(
        fmt::format("--hybrid_sizes: a burst of {} is smaller than its pool of {}", burst, pool));
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

// Refuses a --max_lifetime that would end machines while they are measured.
void CheckLifetime(const LaunchOptions& launch, bool with_fleet) {
  if (launch.max_lifetime < launch.launch_timeout) {
    throw UsageError(fmt::format("--max_lifetime ({} ms) is shorter than --launch_timeout ({} ms)",
                                 launch.max_lifetime.count(), launch.launch_timeout.count()));
  }
  const auto fleet_timeout = fixtures::fleet::SettingsOf(launch).timeout;
  if (with_fleet && launch.max_lifetime < fleet_timeout) {
    throw UsageError(fmt::format(
        "--max_lifetime ({} ms) is shorter than a fleet may take ({} ms): \"timeout\" of "
        "--fleet_config",
        launch.max_lifetime.count(), fleet_timeout.count()));
  }
}

// The local cloud reports what is wrong with a file; here only names are checked.
void ConvertQemuImage(const RawFlags& raw, CommandLine& line) {
  if (!line.starts_virtual_machines()) return;
  const std::vector<std::string> built{"debian", "small"};
  std::error_code ignored;
  if (std::ranges::find(built, raw.qemu_image) == built.end() &&
      !std::filesystem::exists(raw.qemu_image, ignored)) {
    throw UsageError(fmt::format("--qemu_image: '{}' is neither debian nor small nor a file{}",
                                 raw.qemu_image, DidYouMean(raw.qemu_image, built)));
  }
  line.local.qemu_image = raw.qemu_image;
}

void CheckAddress(const RawFlags& raw, const CommandLine& line) {
  if (line.starts_virtual_machines() && raw.address == "ipv6") {
    throw UsageError(
        "--address=ipv6: the machines of --cloud=qemu have IPv4 addresses only; use public or "
        "private");
  }
  if (line.wants_fleet && raw.address != "public") {
    throw UsageError(fmt::format(
        "--address={}: fleets have networks of their own, which only public addresses reach; leave "
        "Fleet out of --benchmark_filter, or use --address=public",
        raw.address));
  }
  const std::string& cidr = line.launch.ssh_cidr;
  if (!cidr.empty() && !IsAddressBlock(cidr)) {
    throw UsageError(fmt::format(
        "--ssh_cidr must be an address block such as 203.0.113.7/32 or 2001:db8::/64, not '{}'",
        cidr));
  }
  if (!cidr.empty() && (cidr.find(':') != std::string::npos) != (raw.address == "ipv6")) {
    throw UsageError(fmt::format("--ssh_cidr={} has another address family than --address={}", cidr,
                                 raw.address));
  }
}

void ConvertTags(const RawFlags& raw, LaunchOptions& launch) {
  for (const std::string& tag : raw.tags) {
    const auto equals = tag.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(
          fmt::format("--tags requires key=value,...; '{}' does not have that form", tag));
    }
    if (tag.starts_with("launch-bench:"))
      throw UsageError("--tags: keys that start with launch-bench: are reserved");
    launch.tags.emplace_back(tag.substr(0, equals), tag.substr(equals + 1));
  }
}

void ConvertCleanup(const RawFlags& raw, CommandLine& line) {
  if (!raw.cleanup_given) return;
  if (!raw.cleanup.empty() && raw.cleanup != "all")
    throw UsageError(fmt::format("--cleanup takes no value or 'all', not '{}'", raw.cleanup));
  line.cleanup =
      raw.cleanup == "all" ? CommandLine::Cleanup::kAll : CommandLine::Cleanup::kAbandoned;
}

}  // namespace

void ConvertFlags(const RawFlags& raw, CommandLine& line) {
  line.cloud = ParseCloud(raw.cloud);
  line.launch.address = ParseAddress(raw.address);
  line.launch.ssh_key_type =
      raw.ssh_key_type == "ecdsa" ? fixtures::SshKeyType::kEcdsa : fixtures::SshKeyType::kEd25519;
  line.yes_account = raw.yes_account;
  ConvertCleanup(raw, line);
  if (line.dry_run && !line.resume.empty())
    throw UsageError("--dry_run describes a new run; remove --resume");
  if (line.dry_run && raw.cleanup_given)
    throw UsageError("--dry_run describes a run, and --cleanup makes none; remove one of them");
  ConvertPlaces(raw, line);
  ConvertSizes(raw, line.launch);
  CheckLifetime(line.launch, line.wants_fleet);
  ConvertQemuImage(raw, line);
  CheckAddress(raw, line);
  line.limits.max_lifetime = line.launch.max_lifetime;
  ConvertTags(raw, line.launch);
  if (!line.concurrency_given && line.starts_local_cloud())
    line.launch.concurrency = line.starts_virtual_machines() ? kQemuConcurrency : kLocalConcurrency;
}

}  // namespace suites
