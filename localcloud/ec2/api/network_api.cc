// Network interfaces and Elastic IPs.
#include <fmt/format.h>

#include <algorithm>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/state/instance.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

const char* InterfaceStatus(const NetworkInterface& interface) {
  return interface.instance_id.empty() ? "available" : "in-use";
}

// Writes the public address: an Elastic IP, or the instance's address from EC2's pool.
void WriteInterfaceAssociation(Call& call, const NetworkInterface& interface) {
  const Address* address = call.region.AddressOfInterface(interface.id);
  const auto instance = call.region.instances.find(interface.instance_id);
  if (address != nullptr) {
    call.xml.Element("association", [&] {
      call.xml.Text("publicIp", address->public_ip);
      call.xml.Text("allocationId", address->id);
      call.xml.Text("associationId", address->association_id);
      call.xml.Text("ipOwnerId", call.region.services.account_id);
    });
  } else if (instance != call.region.instances.end() && !instance->second->public_ip().empty()) {
    call.xml.Element("association", [&] {
      call.xml.Text("publicIp", instance->second->public_ip());
      call.xml.Text("ipOwnerId", "amazon");
    });
  }
}

void WriteNetworkInterface(Call& call, const NetworkInterface& interface) {
  XmlWriter& xml = call.xml;
  xml.Text("networkInterfaceId", interface.id);
  xml.Text("subnetId", interface.subnet_id);
  xml.Text("vpcId", interface.vpc_id);
  xml.Text("availabilityZone", interface.zone);
  xml.Text("description", interface.description);
  xml.Text("ownerId", call.region.services.account_id);
  xml.Text("interfaceType", "interface");
  xml.Text("status", InterfaceStatus(interface));
  xml.Text("macAddress", interface.mac_address);
  xml.Text("privateIpAddress", interface.private_ip);
  xml.Bool("sourceDestCheck", true);
  xml.Items("groupSet", interface.group_ids, [&](const std::string& group_id) {
    xml.Text("groupId", group_id);
    const auto group = call.region.security_groups.find(group_id);
    if (group != call.region.security_groups.end()) xml.Text("groupName", group->second->name);
  });
  if (!interface.instance_id.empty()) {
    xml.Element("attachment", [&] {
      xml.Text("attachmentId", "eni-attach-" + interface.id.substr(4));
      xml.Text("instanceId", interface.instance_id);
      xml.Number("deviceIndex", 0);
      xml.Text("status", "attached");
      xml.Bool("deleteOnTermination", interface.delete_on_termination);
    });
  }
  WriteInterfaceAssociation(call, interface);
  WriteTags(interface.tags, &xml);
}

void CreateNetworkInterface(Call& call) {
  const auto subnet =
      FindById(call.region.subnets, call.parameters.Require("SubnetId"), kSubnetIdErrors);
  Values group_ids = call.parameters.GetList("SecurityGroupId");
  for (const std::string& id : group_ids) {
    FindById(call.region.security_groups, id, kGroupIdErrors);
  }
  if (group_ids.empty()) {
    const SecurityGroup* group = call.region.DefaultGroup(subnet->vpc_id);
    if (group != nullptr) group_ids.push_back(group->id);
  }
  auto interface = FindByToken(call.region.interfaces, call.parameters);
  if (interface == nullptr) {
    const Tags tags =
        ReadTagSpecifications(call.parameters, "network-interface", {"network-interface"});
    interface = call.region.AddInterface(subnet.get(), group_ids, tags);
    interface->description = call.parameters.Get("Description");
    interface->client_token = ReadClientToken(call.parameters);
    interface->made_with = ComparedParameters(call.parameters);
    // From now on clients may probe the address. It must be silent; an unused loopback address
    // would refuse connections.
    call.region.HoldAddress(interface->private_ip);
  }
  call.xml.Element("networkInterface", [&] { WriteNetworkInterface(call, *interface); });
  call.xml.OptionalText("clientToken", interface->client_token);
}

void DescribeNetworkInterfaces(Call& call) {
  static const FilterTable<NetworkInterface> kFilters = {
      {"network-interface-id", [](const NetworkInterface& n) { return Values{n.id}; }},
      {"status", [](const NetworkInterface& n) { return Values{InterfaceStatus(n)}; }},
      {"subnet-id", [](const NetworkInterface& n) { return Values{n.subnet_id}; }},
      {"vpc-id", [](const NetworkInterface& n) { return Values{n.vpc_id}; }},
      {"availability-zone", [](const NetworkInterface& n) { return Values{n.zone}; }},
      {"group-id", [](const NetworkInterface& n) { return n.group_ids; }},
      {"private-ip-address", [](const NetworkInterface& n) { return Values{n.private_ip}; }},
      {"description", [](const NetworkInterface& n) { return Values{n.description}; }},
      {"attachment.instance-id", [](const NetworkInterface& n) { return Values{n.instance_id}; }},
  };
  auto selected =
      Select(ChooseByIds(call.region.interfaces, call.parameters.GetList("NetworkInterfaceId"),
                         kInterfaceIdErrors),
             ReadFilters(call.parameters), kFilters);
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("networkInterfaceSet", selected,
                 [&](const auto& interface) { WriteNetworkInterface(call, *interface); });
  call.xml.OptionalText("nextToken", next);
}

void DeleteNetworkInterface(Call& call) {
  const auto interface = FindById(
      call.region.interfaces, call.parameters.Require("NetworkInterfaceId"), kInterfaceIdErrors);
  if (!interface->instance_id.empty()) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Network interface '{}' is currently in use.", interface->id));
  }
  Address* address = call.region.AddressOfInterface(interface->id);
  if (address != nullptr) {
    address->association_id.clear();
    address->network_interface_id.clear();
  }
  call.region.DropAddressHold(interface->private_ip);
  call.region.interfaces.erase(interface->id);
  call.xml.Bool("return", true);
}

void AllocateAddress(Call& call) {
  auto address = std::make_shared<Address>();
  address->tags = ReadTagSpecifications(call.parameters, "elastic-ip", {"elastic-ip"});
  address->id = call.region.NewId("eipalloc");
  address->ordinal = call.region.NextOrdinal();
  address->public_ip = call.region.NewPublicIp();
  call.region.HoldAddress(address->public_ip);
  call.region.Settle(address.get());
  call.region.addresses.emplace(address->id, address);
  call.xml.Text("publicIp", address->public_ip);
  call.xml.Text("domain", "vpc");
  call.xml.Text("allocationId", address->id);
  call.xml.Text("networkBorderGroup", call.region.name);
}

// A machine serves its addresses for a whole boot, so they cannot be changed while it runs.
void RequireAtRest(const Call& call, const std::string& interface_id) {
  const auto interface = call.region.interfaces.find(interface_id);
  if (interface == call.region.interfaces.end() || interface->second->instance_id.empty()) return;
  const auto instance = call.region.instances.find(interface->second->instance_id);
  if (instance != call.region.instances.end() &&
      (instance->second->state() == InstanceState::kPending ||
       instance->second->state() == InstanceState::kRunning)) {
    throw ApiError("UnsupportedOperation",
                   fmt::format("localcloud changes Elastic IPs only while no instance runs on the "
                               "interface; {} does",
                               instance->first));
  }
}

void AssociateAddress(Call& call) {
  const auto address =
      FindById(call.region.addresses, call.parameters.Require("AllocationId"), kAllocationIdErrors);
  std::string interface_id = call.parameters.Get("NetworkInterfaceId");
  if (interface_id.empty()) {
    const auto instance =
        FindById(call.region.instances, call.parameters.Require("InstanceId"), kInstanceIdErrors);
    interface_id = instance->spec().interface->id;
  }
  FindById(call.region.interfaces, interface_id, kInterfaceIdErrors);
  RequireAtRest(call, interface_id);
  const Address* other = call.region.AddressOfInterface(interface_id);
  if (other != nullptr && other->id != address->id) {
    throw ApiError("Resource.AlreadyAssociated",
                   fmt::format("resource {} is already associated with address {}", interface_id,
                               other->public_ip));
  }
  const bool elsewhere =
      !address->network_interface_id.empty() && address->network_interface_id != interface_id;
  if (elsewhere && !call.parameters.GetBool("AllowReassociation", true)) {
    throw ApiError("Resource.AlreadyAssociated",
                   fmt::format("resource {} is already associated with {}", address->id,
                               address->network_interface_id));
  }
  if (elsewhere) RequireAtRest(call, address->network_interface_id);
  address->network_interface_id = interface_id;
  address->association_id = call.region.NewId("eipassoc");
  call.xml.Bool("return", true);
  call.xml.Text("associationId", address->association_id);
}

void DisassociateAddress(Call& call) {
  const std::string id = call.parameters.Require("AssociationId");
  for (const auto& [allocation, address] : call.region.addresses) {
    if (address->association_id != id) continue;
    RequireAtRest(call, address->network_interface_id);
    address->association_id.clear();
    address->network_interface_id.clear();
    call.xml.Bool("return", true);
    return;
  }
  throw ApiError("InvalidAssociationID.NotFound",
                 fmt::format("The association ID '{}' does not exist", id));
}

void ReleaseAddress(Call& call) {
  const auto address =
      FindById(call.region.addresses, call.parameters.Require("AllocationId"), kAllocationIdErrors);
  if (!address->association_id.empty()) {
    throw ApiError("InvalidIPAddress.InUse",
                   fmt::format("Address {} is in use.", address->public_ip));
  }
  call.region.DropAddressHold(address->public_ip);
  call.region.addresses.erase(address->id);
  call.xml.Bool("return", true);
}

void DescribeAddresses(Call& call) {
  const auto instance_of = [&](const Address& address) {
    const auto interface = call.region.interfaces.find(address.network_interface_id);
    return interface == call.region.interfaces.end() ? std::string()
                                                     : interface->second->instance_id;
  };
  const FilterTable<Address> filters = {
      {"allocation-id", [](const Address& a) { return Values{a.id}; }},
      {"association-id", [](const Address& a) { return Values{a.association_id}; }},
      {"public-ip", [](const Address& a) { return Values{a.public_ip}; }},
      {"network-interface-id", [](const Address& a) { return Values{a.network_interface_id}; }},
      {"domain", [](const Address&) { return Values{"vpc"}; }},
      {"instance-id", [&](const Address& a) { return Values{instance_of(a)}; }},
  };
  const auto chosen = ChooseByIds(call.region.addresses, call.parameters.GetList("AllocationId"),
                                  kAllocationIdErrors);
  auto selected = Select(chosen, ReadFilters(call.parameters), filters);
  const Values public_ips = call.parameters.GetList("PublicIp");
  for (const std::string& ip : public_ips) {
    const bool known = std::any_of(chosen.begin(), chosen.end(), [&](const auto& entry) {
      return entry.second->public_ip == ip && entry.second->is_visible();
    });
    if (!known)
      throw ApiError("InvalidAddress.NotFound", fmt::format("Address '{}' not found.", ip));
  }
  std::erase_if(selected, [&](const auto& address) {
    return !public_ips.empty() &&
           std::find(public_ips.begin(), public_ips.end(), address->public_ip) == public_ips.end();
  });
  call.xml.Items("addressesSet", selected, [&](const auto& address) {
    call.xml.Text("allocationId", address->id);
    call.xml.Text("publicIp", address->public_ip);
    call.xml.Text("domain", "vpc");
    call.xml.OptionalText("associationId", address->association_id);
    call.xml.OptionalText("networkInterfaceId", address->network_interface_id);
    call.xml.OptionalText("instanceId", instance_of(*address));
    const auto interface = call.region.interfaces.find(address->network_interface_id);
    if (interface != call.region.interfaces.end()) {
      call.xml.Text("privateIpAddress", interface->second->private_ip);
    }
    WriteTags(address->tags, &call.xml);
  });
}

}  // namespace

void AddNetworkActions(ActionTable* table) {
  (*table)["CreateNetworkInterface"] = {
      CreateNetworkInterface,
      {"SubnetId", "SecurityGroupId", "Description", "ClientToken", "TagSpecification"}};
  (*table)["DescribeNetworkInterfaces"] = {
      DescribeNetworkInterfaces, {"NetworkInterfaceId", "Filter", "MaxResults", "NextToken"}};
  (*table)["DeleteNetworkInterface"] = {DeleteNetworkInterface, {"NetworkInterfaceId"}};
  (*table)["AllocateAddress"] = {AllocateAddress, {"Domain", "TagSpecification"}};
  (*table)["AssociateAddress"] = {
      AssociateAddress, {"AllocationId", "NetworkInterfaceId", "InstanceId", "AllowReassociation"}};
  (*table)["DisassociateAddress"] = {DisassociateAddress, {"AssociationId"}};
  (*table)["ReleaseAddress"] = {ReleaseAddress, {"AllocationId"}};
  (*table)["DescribeAddresses"] = {DescribeAddresses, {"AllocationId", "PublicIp", "Filter"}};
}

}  // namespace localcloud
