// Ec2: network interfaces and Elastic IP addresses.
#include <pugixml.hpp>
#include <stdexcept>
#include <utility>

#include "aws/ec2.h"
#include "aws/ec2_wire.h"

namespace aws {

using namespace ec2_wire;

namespace {

NetworkInterface ParseInterface(const pugi::xml_node& item) {
  NetworkInterface interface;
  interface.network_interface_id = Text(item, "networkInterfaceId");
  interface.status = Text(item, "status");
  interface.subnet_id = Text(item, "subnetId");
  interface.availability_zone = Text(item, "availabilityZone");
  interface.private_ip = Text(item, "privateIpAddress");
  interface.public_ip = Text(item.child("association"), "publicIp");
  interface.tags = Tags(item);
  return interface;
}

Address ParseAddress(const pugi::xml_node& item) {
  Address address;
  address.allocation_id = Text(item, "allocationId");
  address.association_id = Text(item, "associationId");
  address.public_ip = Text(item, "publicIp");
  address.network_interface_id = Text(item, "networkInterfaceId");
  address.instance_id = Text(item, "instanceId");
  address.tags = Tags(item);
  return address;
}

}  // namespace

NetworkInterface Ec2::CreateNetworkInterface(const std::string& subnet_id,
                                             const std::vector<std::string>& group_ids,
                                             const std::string& client_token,
                                             const std::vector<Tag>& tags,
                                             const CallOptions& options) {
  if (client_token.empty()) {
    throw std::invalid_argument("CreateNetworkInterface without a client token could make two");
  }
  QueryParameters parameters = {{"ClientToken", client_token}, {"SubnetId", subnet_id}};
  AddList(&parameters, "SecurityGroupId", group_ids);
  AddTagSpecifications(&parameters, {"network-interface"}, tags);
  std::vector<std::string> used = group_ids;
  used.push_back(subnet_id);
  const Answer answer =
      Call(*client_, "CreateNetworkInterface", parameters, fresh_.ForUseOf(used, options));
  NetworkInterface interface = ParseInterface(answer.root().child("networkInterface"));
  fresh_.Add(interface.network_interface_id);
  return interface;
}

std::vector<NetworkInterface> Ec2::DescribeNetworkInterfaces(const std::vector<Filter>& filters,
                                                             const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "1000"}};
  AddFilters(&parameters, filters);
  std::vector<NetworkInterface> interfaces;
  CallPages(
      *client_, "DescribeNetworkInterfaces", std::move(parameters), "networkInterfaceSet", options,
      [&interfaces](const pugi::xml_node& item) { interfaces.push_back(ParseInterface(item)); });
  return interfaces;
}

void Ec2::DeleteNetworkInterface(const std::string& network_interface_id,
                                 const CallOptions& options) {
  Call(*client_, "DeleteNetworkInterface", {{"NetworkInterfaceId", network_interface_id}},
       fresh_.ForRemovalOf(network_interface_id, options));
}

Address Ec2::AllocateAddress(const std::vector<Tag>& tags, const CallOptions& options) {
  QueryParameters parameters = {{"Domain", "vpc"}};
  AddTagSpecifications(&parameters, {"elastic-ip"}, tags);
  // There is no idempotency token: if the answer was lost, an address may exist that costs money.
  CallOptions once = options;
  once.repeat_lost = false;
  const Answer answer = Call(*client_, "AllocateAddress", parameters, once);
  Address address = ParseAddress(answer.root());
  address.allocation_id = answer.Require("allocationId");
  address.tags = tags;
  fresh_.Add(address.allocation_id);
  return address;
}

std::string Ec2::AssociateAddress(const std::string& allocation_id,
                                  const std::string& network_interface_id,
                                  const CallOptions& options) {
  // To associate again with the same interface is not an error. AllowReassociation would also take
  // the address away from another interface.
  const QueryParameters parameters = {{"AllocationId", allocation_id},
                                      {"NetworkInterfaceId", network_interface_id},
                                      {"AllowReassociation", "false"}};
  return Call(*client_, "AssociateAddress", parameters,
              fresh_.ForUseOf({allocation_id, network_interface_id}, options))
      .Require("associationId");
}

void Ec2::DisassociateAddress(const std::string& association_id, const CallOptions& options) {
  Call(*client_, "DisassociateAddress", {{"AssociationId", association_id}}, options);
}

std::vector<Address> Ec2::DescribeAddresses(const std::vector<Filter>& filters,
                                            const CallOptions& options) {
  QueryParameters parameters;
  AddFilters(&parameters, filters);
  std::vector<Address> addresses;
  CallPages(*client_, "DescribeAddresses", std::move(parameters), "addressesSet", options,
            [&addresses](const pugi::xml_node& item) { addresses.push_back(ParseAddress(item)); });
  return addresses;
}

void Ec2::ReleaseAddress(const std::string& allocation_id, const CallOptions& options) {
  Call(*client_, "ReleaseAddress", {{"AllocationId", allocation_id}},
       fresh_.ForRemovalOf(allocation_id, options));
}

}  // namespace aws
