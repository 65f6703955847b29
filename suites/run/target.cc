#include "suites/run/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include "aws/caller_address.h"
#include "aws/client.h"
#include "aws/profile_settings.h"
#include "aws/sts.h"
#include "fixtures/fleet/fleet_recipes.h"
#include "fixtures/fleet/fleet_settings.h"
#include "suites/run/local_cloud_info.h"

namespace suites {
namespace {

constexpr std::chrono::seconds kAccountTimeout{10};
// The address with which this machine appears to an endpoint on the same machine, unless that is a
// local cloud that states another.
constexpr char kLoopback[] = "127.0.0.1/32";
// The only instance profile of the local cloud.
constexpr char kLocalProfile[] = "localcloud-instance";
constexpr char kLoadStandIn[] = R"sh(
mkdir -p "$FLEET_WORKLOAD" && echo 'a stand-in' > "$FLEET_WORKLOAD/README"
echo 'launch-bench-modelled: load-workload took 0 s (nothing is downloaded for a local cloud)'
)sh";

bool IsLoopbackUrl(const std::string& url) {
  return url.find("://127.") != std::string::npos ||
         url.find("://localhost") != std::string::npos || url.find("://[::1]") != std::string::npos;
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Only public addresses are probed from the caller's own address. For others the source depends on
// the subnet (fixtures/region/launch_places.h).
bool NeedsCaller(const fixtures::LaunchOptions& options) {
  return options.ssh_cidr.empty() &&
         options.address == fixtures::LaunchOptions::AddressFamily::kPublic;
}

std::string DescribeModel(const LocalCloudSettings& model) {
  return fmt::format("profile {}, time scale {}, seed {}", model.profile, model.time_scale,
                     model.seed);
}

std::string DescribeKind(const LocalMachines& machines) {
  return fmt::format("virtual machines on this host, image {}", machines.image);
}

// Lets the client of a local cloud connect to its machines. Virtual machines see the same address
// whichever of their addresses it connects to, and no block of a VPC contains it.
void AdmitClient(const std::string& client_address, Target* target) {
  fixtures::LaunchOptions& options = target->options;
  if (NeedsCaller(options) || (target->machines && options.ssh_cidr.empty()))
    options.ssh_cidr = client_address + "/32";
}

std::shared_ptr<const fixtures::fleet::FleetSettings> ForLocalCloud(
    fixtures::fleet::FleetSettings fleet, double time_scale) {
  // A fleet's poll intervals are scaled like the modelled latencies, so that their proportion
  // stays.
  for (auto* interval : {&fleet.slow_poll, &fleet.fast_poll}) {
    const double scaled = static_cast<double>(interval->count()) * time_scale;
    *interval = std::chrono::milliseconds(std::max<std::int64_t>(std::llround(scaled), 1));
  }
  if (fleet.instance_profile.empty()) fleet.instance_profile = kLocalProfile;
  // Downloads of guests are modelled there, so local runners download nothing either.
  fleet.recipes.try_emplace(fixtures::fleet::kLoadHere, kLoadStandIn);
  return std::make_shared<fixtures::fleet::FleetSettings>(std::move(fleet));
}

Target OpenLocal(const CommandLine& line, const std::stop_token& stop) {
  Target target;
  target.options = line.launch;
  fixtures::LaunchOptions* const options = &target.options;
  target.local_cloud = std::make_unique<LocalCloudProcess>(line.local, stop);
  const LocalCloudProcess& process = *target.local_cloud;
  target.access.endpoint_url = process.endpoint_url();
  target.access.credentials = {process.access_key_id(), process.secret_access_key(), "",
                               "the local cloud"};
  target.machines = process.machines();
  target.modelled = !target.machines;
  target.name = target.modelled ? "local" : "qemu";
  if (target.modelled) target.model = line.local;
  target.described =
      fmt::format("local cloud at {}, {}", process.endpoint_url(),
                  target.modelled ? DescribeModel(target.model) : DescribeKind(*target.machines));
  if (!line.ssh_port_given) options->ssh_port = process.ssh_port();
  options->fleet = ForLocalCloud(fixtures::fleet::SettingsOf(*options), line.local.time_scale);
  AdmitClient(process.client_address(), &target);
  return target;
}

// Returns the address block that the run's security group lets in.
std::string OwnCidr() {
  try {
    return aws::CallerAddress() + "/32";
  } catch (const aws::Error& error) {
    throw std::runtime_error(
        fmt::format("this machine's own address is not known ({}); set --ssh_cidr to the addresses "
                    "that may reach the machines' SSH port",
                    error.what()));
  }
}

// If the endpoint is a local cloud that the user started, notes what its machines are, and takes
// its SSH port and the address with which this process appears to them.
void RecogniseLocalCloud(const CommandLine& line, const std::stop_token& stop, Target* target) {
  fixtures::LaunchOptions* const options = &target->options;
  const auto info = AskLocalCloud(target->access.endpoint_url, stop);
  if (!info) return;
  if (!line.ssh_port_given) options->ssh_port = info->ssh_port;
  target->machines = info->machines;
  if (!info->client_address.empty()) AdmitClient(info->client_address, target);
  if (target->machines) target->described += ", a local cloud: " + DescribeKind(*target->machines);
  if (!info->modelled) return;
  target->modelled = true;
  target->model.profile = info->profile;
  target->model.time_scale = info->time_scale;
  target->model.seed = info->seed;
  const auto rtt = info->rtt_ms.find(options->regions.front());
  if (rtt != info->rtt_ms.end()) target->model.round_trip = fmt::format("{}", rtt->second);
  target->described += ", a local cloud: " + DescribeModel(target->model);
}

Target OpenRemote(const CommandLine& line, const std::stop_token& stop) {
  Target target;
  target.options = line.launch;
  target.access.endpoint_url =
      line.endpoint_url.empty() ? Environment("AWS_ENDPOINT_URL") : line.endpoint_url;
  target.name = line.endpoint_url.empty() ? "aws" : "endpoint";
  const std::string& url = target.access.endpoint_url;
  if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://")) {
    throw UsageError(
        fmt::format("'{}' is not an endpoint: it must start with http:// or https://", url));
  }
  target.access.variant = aws::ConfiguredVariant();
  if (!url.empty() && (target.access.variant.fips || target.access.variant.dual_stack)) {
    throw UsageError(fmt::format(
        "endpoint {} is given by its URL, so AWS_USE_{}_ENDPOINT (or its setting in ~/.aws/config) "
        "cannot choose another: set it to false",
        url, target.access.variant.fips ? "FIPS" : "DUALSTACK"));
  }
  target.access.keeper = std::make_shared<aws::CredentialKeeper>(&aws::LoadCredentials, stop);
  target.access.credentials = target.access.keeper->Get();
  const std::string fips = target.access.variant.fips ? " (FIPS endpoints)" : "";
  target.described =
      fmt::format("{}, credentials from {}", url.empty() ? "AWS" + fips : "endpoint " + url,
                  target.access.credentials.source);
  if (!url.empty()) RecogniseLocalCloud(line, stop, &target);
  if (NeedsCaller(target.options))
    target.options.ssh_cidr = IsLoopbackUrl(url) ? kLoopback : OwnCidr();
  return target;
}

std::shared_ptr<aws::ApiLog> OpenApiLog(const std::string& path) {
  if (path.empty()) return nullptr;
  try {
    return std::make_shared<aws::ApiLog>(path);
  } catch (const std::runtime_error& error) {
    throw UsageError(fmt::format("--api_log: cannot write {}", error.what()));
  }
}

}  // namespace

std::string MarkOf(const Target& target) {
  if (target.modelled) return "MODELLED";
  return target.machines ? "LOCAL QEMU, " + AcceleratorOf(*target.machines) : "";
}

std::string AccountOf(const Target& target, const std::string& region) {
  aws::CallOptions call;
  call.deadline = aws::Clock::now() + kAccountTimeout;
  try {
    return aws::Sts(target.access.NewClient("sts", region)).GetCallerIdentity(call).account;
  } catch (const aws::Error&) {
    return "";  // another EC2-compatible endpoint may have no STS
  }
}

Target OpenTarget(const CommandLine& line, const std::stop_token& stop) {
  const auto log = OpenApiLog(line.api_log);
  const bool local = line.starts_local_cloud();
  Target target = local ? OpenLocal(line, stop) : OpenRemote(line, stop);
  target.access.log = log;
  return target;
}

}  // namespace suites
