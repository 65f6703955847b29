#include "localcloud/ec2/api/launch_placement.h"

#include <fmt/format.h>

#include <algorithm>

namespace localcloud {
namespace {

std::vector<std::string> ReadGroups(Call& call, const std::vector<std::string>& ids,
                                    const std::string& vpc_id) {
  std::vector<std::string> group_ids;
  for (const std::string& id : ids) {
    const auto group = FindById(call.region.security_groups, id, kGroupIdErrors);
    if (group->vpc_id != vpc_id) {
      throw ApiError(
          "InvalidParameter",
          fmt::format("Security group {} and the subnet belong to different networks.", id));
    }
    group_ids.push_back(id);
  }
  for (const std::string& name : call.parameters.GetList("SecurityGroup")) {
    const auto group = std::find_if(call.region.security_groups.begin(),
                                    call.region.security_groups.end(), [&](const auto& entry) {
                                      return entry.second->name == name &&
                                             entry.second->vpc_id == vpc_id &&
                                             entry.second->is_visible();
                                    });
    if (group == call.region.security_groups.end()) {
      throw ApiError(
          "InvalidGroup.NotFound",
          fmt::format("The security group '{}' does not exist in VPC '{}'", name, vpc_id));
    }
    group_ids.push_back(group->first);
  }
  if (group_ids.empty()) {
    const SecurityGroup* group = call.region.DefaultGroup(vpc_id);
    if (group != nullptr) group_ids.push_back(group->id);
  }
  return group_ids;
}

Placement PlaceOnInterface(Call& call, const std::string& interface_id) {
  Placement placement;
  placement.existing = FindById(call.region.interfaces, interface_id, kInterfaceIdErrors);
  if (!placement.existing->instance_id.empty()) {
    throw ApiError("InvalidNetworkInterface.InUse",
                   fmt::format("Interface: [{}] in use.", interface_id));
  }
  const std::string zone = call.parameters.Get("Placement.AvailabilityZone");
  if (!zone.empty() && zone != placement.existing->zone) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("The network interface '{}' is in {}, not in {}", interface_id,
                               placement.existing->zone, zone));
  }
  placement.subnet = call.region.subnets.at(placement.existing->subnet_id).get();
  return placement;
}

void RequireOffered(const Region& region, const std::string& zone, const InstanceType& type) {
  if (region.Offers(zone, type)) return;
  std::vector<std::string> others;
  for (const std::string& other : region.zones) {
    if (region.Offers(other, type)) others.push_back(other);
  }
  throw ApiError("Unsupported",
                 fmt::format("Your requested instance type ({}) is not supported in your requested "
                             "Availability Zone ({}). Please retry your request by not specifying "
                             "an Availability Zone or choosing {}.",
                             type.name, zone, fmt::join(others, ", ")));
}

// `type` decides the zone if the caller names none.
Subnet* ReadSubnet(Call& call, const std::string& subnet_id, const InstanceType& type) {
  if (!subnet_id.empty()) {
    return FindById(call.region.subnets, subnet_id, kSubnetIdErrors).get();
  }
  const std::string zone = call.parameters.Get("Placement.AvailabilityZone");
  const auto& zones = call.region.zones;
  if (!zone.empty() && std::find(zones.begin(), zones.end(), zone) == zones.end()) {
    throw ApiError("InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", zone));
  }
  Subnet* subnet = nullptr;
  for (const std::string& choice : zone.empty() ? zones : std::vector{zone}) {
    if (subnet == nullptr && (!zone.empty() || call.region.Offers(choice, type)))
      subnet = call.region.DefaultSubnet(choice);
  }
  if (subnet == nullptr) {
    throw ApiError(call.region.DefaultVpc() == nullptr ? "VPCIdNotSpecified" : "MissingInput",
                   "No default subnet for this user: specify a subnet.");
  }
  return subnet;
}

Placement Read(Call& call, const InstanceType& type) {
  const QueryParameters& parameters = call.parameters;
  const auto interfaces = parameters.GetStructures("NetworkInterface");
  const auto top_level_groups = parameters.GetList("SecurityGroupId");
  if (interfaces.size() > 1) {
    throw ApiError("InvalidParameterCombination",
                   "localcloud supports one network interface per instance");
  }
  if (interfaces.empty()) {
    Placement placement;
    placement.subnet = ReadSubnet(call, parameters.Get("SubnetId"), type);
    placement.group_ids = ReadGroups(call, top_level_groups, placement.subnet->vpc_id);
    placement.public_address = placement.subnet->map_public_ip_on_launch;
    return placement;
  }
  const QueryParameters& interface = interfaces.front();
  if (!parameters.Get("SubnetId").empty() || !top_level_groups.empty()) {
    throw ApiError("InvalidParameterCombination",
                   "Network interfaces and an instance-level subnet ID or security groups may not "
                   "be specified on the same request");
  }
  if (interface.GetInt("DeviceIndex").value_or(0) != 0) {
    throw ApiError("InvalidParameterValue", "The primary interface has device index 0");
  }
  const std::string interface_id = interface.Get("NetworkInterfaceId");
  if (!interface_id.empty()) {
    if (!interface.Get("AssociatePublicIpAddress").empty()) {
      throw ApiError("InvalidParameterCombination",
                     "A public IP address can be assigned to a new network interface only, not to "
                     "an existing one");
    }
    Placement placement = PlaceOnInterface(call, interface_id);
    placement.public_address = false;
    return placement;
  }
  Placement placement;
  placement.subnet = ReadSubnet(call, interface.Get("SubnetId"), type);
  placement.group_ids =
      ReadGroups(call, interface.GetList("SecurityGroupId"), placement.subnet->vpc_id);
  placement.public_address =
      interface.GetBool("AssociatePublicIpAddress", placement.subnet->map_public_ip_on_launch);
  placement.delete_on_termination = interface.GetBool("DeleteOnTermination", true);
  const std::int64_t ipv6_addresses = interface.GetInt("Ipv6AddressCount").value_or(0);
  if (ipv6_addresses > 0 && placement.subnet->ipv6_cidr.empty()) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("The subnet '{}' has no IPv6 CIDR block", placement.subnet->id));
  }
  if (ipv6_addresses > 1) {
    throw ApiError("InvalidParameterValue", "localcloud supports one IPv6 address per interface");
  }
  placement.ipv6 = ipv6_addresses == 1;
  return placement;
}

}  // namespace

Placement ReadPlacement(Call& call, const InstanceType& type) {
  Placement placement = Read(call, type);
  RequireOffered(call.region, placement.subnet->zone, type);
  return placement;
}

}  // namespace localcloud
