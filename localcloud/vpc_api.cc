// VPCs and subnets.
#include <fmt/format.h>

#include <algorithm>

#include "localcloud/api.h"
#include "localcloud/filters.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

void DescribeVpcs(Call& call) {
  static const FilterTable<Vpc> kFilters = {
      {"vpc-id", [](const Vpc& v) { return Values{v.id}; }},
      {"cidr", [](const Vpc& v) { return Values{v.cidr}; }},
      {"is-default", [](const Vpc& v) { return Values{v.is_default ? "true" : "false"}; }},
      {"isDefault", [](const Vpc& v) { return Values{v.is_default ? "true" : "false"}; }},
      {"state", [](const Vpc&) { return Values{"available"}; }},
  };
  auto selected =
      Select(ChooseByIds(call.region.vpcs, call.parameters.GetList("VpcId"), kVpcIdErrors),
             ReadFilters(call.parameters), kFilters);
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("vpcSet", selected, [&](const auto& vpc) {
    call.xml.Text("vpcId", vpc->id);
    call.xml.Text("ownerId", call.region.services.account_id);
    call.xml.Text("state", "available");
    call.xml.Text("cidrBlock", vpc->cidr);
    call.xml.Text("instanceTenancy", "default");
    call.xml.Bool("isDefault", vpc->is_default);
    WriteTags(vpc->tags, &call.xml);
  });
  call.xml.OptionalText("nextToken", next);
}

void DescribeSubnets(Call& call) {
  const auto yes_no = [](bool value) { return Values{value ? "true" : "false"}; };
  const FilterTable<Subnet> filters = {
      {"subnet-id", [](const Subnet& s) { return Values{s.id}; }},
      {"vpc-id", [](const Subnet& s) { return Values{s.vpc_id}; }},
      {"availability-zone", [](const Subnet& s) { return Values{s.zone}; }},
      {"availabilityZone", [](const Subnet& s) { return Values{s.zone}; }},
      {"cidr-block", [](const Subnet& s) { return Values{s.cidr}; }},
      {"default-for-az", [&](const Subnet& s) { return yes_no(s.default_for_az); }},
      {"defaultForAz", [&](const Subnet& s) { return yes_no(s.default_for_az); }},
      {"map-public-ip-on-launch",
       [&](const Subnet& s) { return yes_no(s.map_public_ip_on_launch); }},
      {"state", [](const Subnet&) { return Values{"available"}; }},
  };
  auto selected =
      Select(ChooseByIds(call.region.subnets, call.parameters.GetList("SubnetId"), kSubnetIdErrors),
             ReadFilters(call.parameters), filters);
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("subnetSet", selected, [&](const auto& subnet) {
    call.xml.Text("subnetId", subnet->id);
    call.xml.Text("state", "available");
    call.xml.Text("ownerId", call.region.services.account_id);
    call.xml.Text("vpcId", subnet->vpc_id);
    call.xml.Text("cidrBlock", subnet->cidr);
    call.xml.Number("availableIpAddressCount", 4091);
    call.xml.Text("availabilityZone", subnet->zone);
    call.xml.Bool("defaultForAz", subnet->default_for_az);
    call.xml.Bool("mapPublicIpOnLaunch", subnet->map_public_ip_on_launch);
    call.xml.Bool("assignIpv6AddressOnCreation", false);
    WriteTags(subnet->tags, &call.xml);
  });
  call.xml.OptionalText("nextToken", next);
}

void DeleteSubnet(Call& call) {
  const auto subnet =
      FindById(call.region.subnets, call.parameters.Require("SubnetId"), kSubnetIdErrors);
  for (const auto& [id, interface] : call.region.interfaces) {
    if (interface->subnet_id == subnet->id) {
      throw ApiError(
          "DependencyViolation",
          fmt::format("The subnet '{}' has dependencies and cannot be deleted.", subnet->id));
    }
  }
  call.region.subnets.erase(subnet->id);
  call.xml.Bool("return", true);
}

void ModifySubnetAttribute(Call& call) {
  const auto subnet =
      FindById(call.region.subnets, call.parameters.Require("SubnetId"), kSubnetIdErrors);
  call.parameters.Require("MapPublicIpOnLaunch.Value");
  subnet->map_public_ip_on_launch = call.parameters.GetBool("MapPublicIpOnLaunch.Value", false);
  call.xml.Bool("return", true);
}

void DeleteVpc(Call& call) {
  const auto vpc = FindById(call.region.vpcs, call.parameters.Require("VpcId"), kVpcIdErrors);
  const auto depends = [&](const auto& entry) { return entry.second->vpc_id == vpc->id; };
  const auto& groups = call.region.security_groups;
  const bool own_groups = std::any_of(groups.begin(), groups.end(), [&](const auto& entry) {
    return depends(entry) && entry.second->name != "default";
  });
  if (own_groups || std::any_of(call.region.subnets.begin(), call.region.subnets.end(), depends)) {
    throw ApiError("DependencyViolation",
                   fmt::format("The vpc '{}' has dependencies and cannot be deleted.", vpc->id));
  }
  std::erase_if(call.region.security_groups, depends);  // its default group goes with it
  call.region.vpcs.erase(vpc->id);
  call.xml.Bool("return", true);
}

}  // namespace

void AddVpcActions(ActionTable* table) {
  (*table)["DescribeVpcs"] = {DescribeVpcs, {"VpcId", "Filter", "MaxResults", "NextToken"}};
  (*table)["DeleteVpc"] = {DeleteVpc, {"VpcId"}};
  (*table)["DescribeSubnets"] = {DescribeSubnets,
                                 {"SubnetId", "Filter", "MaxResults", "NextToken"}};
  (*table)["DeleteSubnet"] = {DeleteSubnet, {"SubnetId"}};
  (*table)["ModifySubnetAttribute"] = {ModifySubnetAttribute, {"SubnetId", "MapPublicIpOnLaunch"}};
}

}  // namespace localcloud
