// RunInstances. Checks everything before anything is created, in about the same order as EC2 and
// with its error texts.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/dry_run.h"
#include "localcloud/ec2/api/instance_xml.h"
#include "localcloud/ec2/api/launch_placement.h"
#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/instance_role.h"
#include "localcloud/ec2/state/key_material.h"
#include "localcloud/ec2/state/public_parameters.h"

namespace localcloud {
namespace {

constexpr char kResolveSsm[] = "resolve:ssm:";
constexpr std::size_t kMaxUserDataBytes = 16 << 10;

[[noreturn]] void ThrowInvalidValue(const std::string& name, const std::string& value) {
  throw ApiError("InvalidParameterValue", fmt::format("Invalid value '{}' for {}.", value, name));
}

std::shared_ptr<const Image> ReadImage(Call& call) {
  std::string id = call.parameters.Require("ImageId");
  if (id.starts_with(kResolveSsm)) {
    const std::string name = id.substr(std::string_view(kResolveSsm).size());
    // A version or label may follow the name. Of public image parameters callers request the newest
    // version.
    const auto parameter = FindPublicParameter(call.region.name, name.substr(0, name.find(':')));
    if (!parameter) {
      throw ApiError("InvalidParameterValue",
                     fmt::format("Could not resolve the parameter '{}' to an AMI ID", name));
    }
    id = *parameter;
  }
  RequireWellFormed(id, kImageIdErrors);
  const auto image = call.region.images.find(id);
  if (image == call.region.images.end() || !image->second->is_visible()) {
    throw ApiError("InvalidAMIID.NotFound", fmt::format("The image id '[{}]' does not exist", id));
  }
  if (image->second->state != "available") {
    throw ApiError("InvalidAMIID.Unavailable",
                   fmt::format("The image ID '[{}]' is not available", id));
  }
  return image->second;
}

const InstanceType* ReadType(const Region& region, const QueryParameters& parameters,
                             const Image& image) {
  const std::string name = parameters.Require("InstanceType");
  const InstanceType* type = FindInstanceType(name);
  if (type == nullptr || !region.Offers(*type)) ThrowInvalidValue("InstanceType", name);
  if (type->architecture != image.architecture) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("The architecture '{}' of the specified instance type does not "
                               "match the architecture '{}' of the specified AMI. Specify an "
                               "instance type and an AMI that have matching architectures, and "
                               "try again.",
                               type->architecture, image.architecture));
  }
  return type;
}

RootVolume ReadRootVolume(const QueryParameters& parameters, const Image& image) {
  RootVolume root;
  root.device_name = image.root_device_name;
  root.gib = image.root_volume_gib;
  root.encrypted = image.encrypted;
  for (const QueryParameters& mapping : parameters.GetStructures("BlockDeviceMapping")) {
    if (mapping.Get("DeviceName") != image.root_device_name) {
      throw ApiError("InvalidBlockDeviceMapping",
                     fmt::format("localcloud supports only root volumes: {}, not '{}'",
                                 image.root_device_name, mapping.Get("DeviceName")));
    }
    root.gib = mapping.GetInt("Ebs.VolumeSize").value_or(root.gib);
    root.encrypted = mapping.GetBool("Ebs.Encrypted", root.encrypted);
    root.delete_on_termination = mapping.GetBool("Ebs.DeleteOnTermination", true);
    const std::string type = mapping.Get("Ebs.VolumeType");
    if (!type.empty()) root.type = type;
  }
  static const std::set<std::string> kTypes = {"gp2", "gp3", "io1", "io2", "standard"};
  if (!kTypes.contains(root.type)) ThrowInvalidValue("VolumeType", root.type);
  if (root.gib < image.root_volume_gib) {
    throw ApiError("InvalidBlockDeviceMapping",
                   fmt::format("Volume of size {}GB is smaller than snapshot '{}', expect size >= "
                               "{}GB",
                               root.gib, image.snapshot_id, image.root_volume_gib));
  }
  return root;
}

void CheckHibernation(const LaunchSpec& spec) {
  if (!spec.hibernation) return;
  const auto refuse = [](const std::string& why) {
    throw ApiError("UnsupportedHibernationConfiguration", why);
  };
  if (!spec.type->hibernation_supported) {
    refuse(
        fmt::format("The requested configuration is not supported. Instance type '{}' does not "
                    "support hibernation.",
                    spec.type->name));
  }
  if (!spec.root.encrypted) refuse("Hibernation requires an encrypted root volume.");
  if (spec.root.gib * 1024 <= spec.type->memory_mib) {
    refuse("The root volume is not large enough to store the contents of the RAM.");
  }
}

LaunchSpec ReadSpec(Call& call) {
  const QueryParameters& parameters = call.parameters;
  LaunchSpec spec;
  spec.image = ReadImage(call);
  spec.type = ReadType(call.region, parameters, *spec.image);
  spec.client_token = parameters.Get("ClientToken");
  spec.key_name = parameters.Get("KeyName");
  if (!spec.key_name.empty()) {
    const KeyPair* pair = call.region.VisibleKeyPair(spec.key_name);
    if (pair == nullptr) {
      throw ApiError("InvalidKeyPair.NotFound",
                     fmt::format("The key pair '{}' does not exist", spec.key_name));
    }
    spec.public_key_line = pair->public_line;
  }
  spec.user_data = DecodeBase64(parameters.Get("UserData"), "UserData");
  if (spec.user_data.size() > kMaxUserDataBytes) {
    throw ApiError("InvalidParameterValue", "User data is limited to 16384 bytes");
  }
  const QueryParameters profile = parameters.GetStructure("IamInstanceProfile");
  if (!profile.empty()) {
    const std::string arn = InstanceProfileArn(call.region.services.account_id);
    if (profile.Get("Name") != kInstanceProfile && profile.Get("Arn") != arn) {
      throw ApiError("InvalidParameterValue",
                     fmt::format("Value ({}) for parameter iamInstanceProfile.name is invalid. "
                                 "Invalid IAM Instance Profile name",
                                 profile.Get("Name") + profile.Get("Arn")));
    }
    spec.has_role = true;
  }
  spec.root = ReadRootVolume(parameters, *spec.image);
  spec.hibernation = parameters.GetBool("HibernationOptions.Configured", false);
  CheckHibernation(spec);
  const std::string market = parameters.Get("InstanceMarketOptions.MarketType");
  if (!market.empty() && market != "spot") ThrowInvalidValue("MarketType", market);
  spec.spot = market == "spot";
  const std::string behaviour = parameters.Get("InstanceInitiatedShutdownBehavior");
  if (!behaviour.empty() && behaviour != "stop" && behaviour != "terminate") {
    ThrowInvalidValue("InstanceInitiatedShutdownBehavior", behaviour);
  }
  spec.terminate_on_shutdown = behaviour == "terminate";
  return spec;
}

std::int64_t ReadCount(Call& call, const InstanceType& type) {
  call.parameters.Require("MinCount");
  call.parameters.Require("MaxCount");
  const std::int64_t min = *call.parameters.GetInt("MinCount");
  const std::int64_t max = *call.parameters.GetInt("MaxCount");
  if (min < 1 || max < min || max > 1000) {
    throw ApiError(
        "InvalidParameterValue",
        fmt::format("MinCount {} and MaxCount {}: must be 1 to 1000, and in order", min, max));
  }
  const auto limit = static_cast<std::int64_t>(call.region.latencies.standard_vcpus);
  std::int64_t used = 0;
  for (const auto& [id, instance] : call.region.instances) {
    const InstanceState state = instance->state();
    if (state == InstanceState::kPending || state == InstanceState::kRunning) {
      used += instance->spec().type->vcpus;
    }
  }
  const std::int64_t room = (limit - used) / type.vcpus;
  if (room < min) {
    throw ApiError("VcpuLimitExceeded",
                   fmt::format("You have requested more vCPU capacity than your current vCPU limit "
                               "of {} allows for the instance bucket that the specified instance "
                               "type belongs to.",
                               limit));
  }
  return std::min(max, room);
}

// Returns the instances that an earlier call with the same token created; nothing if there was no
// such call.
std::optional<std::vector<std::shared_ptr<Instance>>> FindEarlierLaunch(
    Call& call, const std::string& token, const std::map<std::string, std::string>& compared) {
  const auto earlier = call.region.launches.find(token);
  if (token.empty() || earlier == call.region.launches.end()) return std::nullopt;
  RequireSameParameters(earlier->second.parameters, compared);
  std::vector<std::shared_ptr<Instance>> instances;
  for (const std::string& id : earlier->second.instance_ids) {
    const auto instance = call.region.instances.find(id);
    if (instance != call.region.instances.end()) instances.push_back(instance->second);
  }
  return instances.empty() ? std::nullopt : std::optional(instances);
}

void RunInstances(Call& call) {
  const std::string token = ReadClientToken(call.parameters);
  const auto compared = ComparedParameters(call.parameters);
  if (const auto earlier = FindEarlierLaunch(call, token, compared)) {
    WriteReservation(call.region, *earlier, &call.xml);
    return;
  }
  LaunchSpec spec = ReadSpec(call);
  const Placement placement = ReadPlacement(call, *spec.type);
  const std::set<std::string> created = {"instance", "volume", "network-interface",
                                         "spot-instances-request"};
  const Tags instance_tags = ReadTagSpecifications(call.parameters, "instance", created);
  const Tags interface_tags = ReadTagSpecifications(call.parameters, "network-interface", created);
  spec.root.tags = ReadTagSpecifications(call.parameters, "volume", created);
  if (const auto step = instance_tags.find(kStepTag); step != instance_tags.end())
    spec.step = step->second;
  if (call.parameters.GetBool("DryRun", false)) ThrowDryRunOperation();
  const std::int64_t count = ReadCount(call, *spec.type);
  if (placement.existing != nullptr && count != 1) {
    throw ApiError("InvalidParameterCombination",
                   "A network interface can be attached to one instance only");
  }

  // Nothing was created up to here. From here on, only a full subnet can fail.
  spec.reservation_id = call.region.NewId("r");
  spec.public_address = placement.public_address;
  LaunchRecord record{compared, {}, spec.reservation_id};
  std::vector<std::shared_ptr<Instance>> instances;
  const Clock::time_point accepted = Clock::now();
  for (std::int64_t i = 0; i < count; ++i) {
    LaunchSpec one = spec;
    one.launch_index = static_cast<int>(i);
    one.root.id = call.region.NewId("vol");
    one.interface = placement.existing;
    if (one.interface == nullptr) {
      one.interface =
          call.region.AddInterface(placement.subnet, placement.group_ids, interface_tags);
      one.interface->delete_on_termination = placement.delete_on_termination;
      if (placement.ipv6) one.interface->ipv6 = Ipv6Of(one.interface->private_ip);
      // The answer contains the addresses, so clients may probe them before the machine exists.
      // They must be silent, not refuse connections.
      call.region.HoldAddress(one.interface->private_ip);
      if (placement.ipv6) call.region.HoldAddress(ListenerOf(one.interface->ipv6));
    }
    auto instance = std::make_shared<Instance>(&call.region, std::move(one));
    instance->tags = instance_tags;
    call.region.Settle(instance.get());
    call.region.instances.emplace(instance->id, instance);
    record.instance_ids.push_back(instance->id);
    instance->Launch(call.received, accepted);
    instances.push_back(std::move(instance));
  }
  if (!token.empty()) call.region.launches[token] = std::move(record);
  WriteReservation(call.region, instances, &call.xml);
}

}  // namespace

void AddLaunchActions(ActionTable* table) {
  (*table)["RunInstances"] = {RunInstances,
                              {"ImageId",
                               "InstanceType",
                               "MinCount",
                               "MaxCount",
                               "ClientToken",
                               "KeyName",
                               "UserData",
                               "SubnetId",
                               "SecurityGroupId",
                               "SecurityGroup",
                               "NetworkInterface",
                               "BlockDeviceMapping",
                               "HibernationOptions",
                               "InstanceMarketOptions",
                               "InstanceInitiatedShutdownBehavior",
                               "IamInstanceProfile",
                               "Placement",
                               "TagSpecification",
                               "MetadataOptions",
                               "Monitoring",
                               "EbsOptimized"},
                              /*checks_dry_run=*/true};
}

}  // namespace localcloud
