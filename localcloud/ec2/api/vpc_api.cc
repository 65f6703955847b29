// VPCs and subnets.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/filters.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

constexpr std::size_t kMaxVpcs = 5;  // the default quota of a region

// An IPv4 block as EC2 allows it: from /16 to /28, without bits set behind the mask.
struct Block {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

Block ReadBlock(const std::string& cidr, const std::string& error_code) {
  in_addr network{};
  int bits = -1;
  const std::size_t slash = cidr.find('/');
  if (slash != std::string::npos) {
    const char* const end = cidr.data() + cidr.size();
    const auto [stop, error] = std::from_chars(cidr.data() + slash + 1, end, bits);
    if (error != std::errc() || stop != end) bits = -1;
  }
  if (bits < 0 || bits > 32 || inet_pton(AF_INET, cidr.substr(0, slash).c_str(), &network) != 1) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Value ({}) for parameter cidrBlock is invalid. This is not a valid "
                               "CIDR block.",
                               cidr));
  }
  if (bits < 16 || bits > 28)
    throw ApiError(error_code, fmt::format("The CIDR '{}' is invalid.", cidr));
  const std::uint32_t host_bits = ~std::uint32_t{0} >> bits;
  const std::uint32_t first = ntohl(network.s_addr);
  if ((first & host_bits) != 0) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Value ({}) for parameter cidrBlock is invalid. It has bits behind "
                               "its mask.",
                               cidr));
  }
  return {first, first | host_bits};
}

void WriteIpv6Association(const char* name, const std::string& id, const std::string& block,
                          Call& call) {
  call.xml.Element(name, [&] {
    call.xml.Text("associationId", id);
    call.xml.Text("ipv6CidrBlock", block);
    call.xml.Element("ipv6CidrBlockState", [&] { call.xml.Text("state", "associated"); });
  });
}

// An empty `block` means that there is none.
void WriteIpv6Blocks(const std::string& id, const std::string& block, Call& call) {
  call.xml.Element("ipv6CidrBlockAssociationSet", [&] {
    if (!block.empty()) WriteIpv6Association("item", id, block, call);
  });
}

void WriteVpc(const Vpc& vpc, Call& call) {
  call.xml.Text("vpcId", vpc.id);
  call.xml.Text("ownerId", call.region.services.account_id);
  call.xml.Text("state", "available");
  call.xml.Text("cidrBlock", vpc.cidr);
  call.xml.Text("instanceTenancy", "default");
  call.xml.Bool("isDefault", vpc.is_default);
  call.xml.Element("cidrBlockAssociationSet", [&] {
    call.xml.Element("item", [&] {
      call.xml.Text("associationId", FixedId("vpc-cidr-assoc", vpc.id));
      call.xml.Text("cidrBlock", vpc.cidr);
      call.xml.Element("cidrBlockState", [&] { call.xml.Text("state", "associated"); });
    });
  });
  WriteIpv6Blocks(FixedId("vpc-cidr-assoc", vpc.id + "/ipv6"), vpc.ipv6_cidr, call);
  WriteTags(vpc.tags, &call.xml);
}

// Assigns IPv6 as for the account's default VPC on EC2: Amazon's block, and one part of it for each
// subnet. The blocks are narrower than EC2's /56 and /64, because the local cloud's addresses are
// IPv4-mapped (region.h).
void AssociateVpcCidrBlock(Call& call) {
  const auto vpc = FindById(call.region.vpcs, call.parameters.Require("VpcId"), kVpcIdErrors);
  if (!call.parameters.GetBool("AmazonProvidedIpv6CidrBlock", false) || !vpc->is_default) {
    throw ApiError("InvalidParameterValue",
                   "localcloud supports only Amazon's IPv6 block, and only for the default VPC");
  }
  vpc->ipv6_cidr = Ipv6Of(vpc->cidr.substr(0, vpc->cidr.find('/'))) + "/112";
  call.xml.Text("vpcId", vpc->id);
  WriteIpv6Association("ipv6CidrBlockAssociation", FixedId("vpc-cidr-assoc", vpc->id + "/ipv6"),
                       vpc->ipv6_cidr, call);
}

void AssociateSubnetCidrBlock(Call& call) {
  const auto subnet =
      FindById(call.region.subnets, call.parameters.Require("SubnetId"), kSubnetIdErrors);
  const std::string block = call.parameters.Require("Ipv6CidrBlock");
  const auto vpc = call.region.vpcs.at(subnet->vpc_id);
  const std::string own = Ipv6Of(subnet->cidr.substr(0, subnet->cidr.find('/'))) + "/116";
  if (vpc->ipv6_cidr.empty() || block != own) {
    throw ApiError(
        "InvalidSubnet.Range",
        fmt::format("The CIDR '{}' is invalid: localcloud requires {} for subnet {}, after "
                    "its VPC has an IPv6 block",
                    block, own, subnet->id));
  }
  subnet->ipv6_cidr = block;
  call.xml.Text("subnetId", subnet->id);
  WriteIpv6Association("ipv6CidrBlockAssociation",
                       FixedId("subnet-cidr-assoc", subnet->id + "/ipv6"), block, call);
}

void CreateVpc(Call& call) {
  const std::string cidr = call.parameters.Require("CidrBlock");
  ReadBlock(cidr, "InvalidVpc.Range");
  const Tags tags = ReadTagSpecifications(call.parameters, "vpc", {"vpc"});
  if (call.region.vpcs.size() >= kMaxVpcs) {
    throw ApiError("VpcLimitExceeded", "The maximum number of VPCs has been reached.");
  }
  const auto vpc = call.region.AddVpc(cidr, tags);
  call.xml.Element("vpc", [&] { WriteVpc(*vpc, call); });
}

// Returns the attribute that the parameter of an attribute call names.
bool* AttributeOf(Vpc* vpc, const std::string& name) {
  if (name == "enableDnsSupport" || name == "EnableDnsSupport") return &vpc->dns_support;
  if (name == "enableDnsHostnames" || name == "EnableDnsHostnames") return &vpc->dns_hostnames;
  throw ApiError("InvalidParameterValue",
                 fmt::format("Value ({}) for parameter attribute is invalid.", name));
}

void ModifyVpcAttribute(Call& call) {
  const auto vpc = FindById(call.region.vpcs, call.parameters.Require("VpcId"), kVpcIdErrors);
  for (const std::string name : {"EnableDnsSupport", "EnableDnsHostnames"}) {
    bool* const attribute = AttributeOf(vpc.get(), name);
    *attribute = call.parameters.GetBool(name + ".Value", *attribute);
  }
  call.xml.Bool("return", true);
}

void DescribeVpcAttribute(Call& call) {
  const auto vpc = FindById(call.region.vpcs, call.parameters.Require("VpcId"), kVpcIdErrors);
  const std::string name = call.parameters.Require("Attribute");
  const bool value = *AttributeOf(vpc.get(), name);
  call.xml.Text("vpcId", vpc->id);
  call.xml.Element(name, [&] { call.xml.Bool("value", value); });
}

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
  call.xml.Items("vpcSet", selected, [&](const auto& vpc) { WriteVpc(*vpc, call); });
  call.xml.OptionalText("nextToken", next);
}

void WriteSubnet(const Subnet& subnet, Call& call) {
  call.xml.Text("subnetId", subnet.id);
  call.xml.Text("state", "available");
  call.xml.Text("ownerId", call.region.services.account_id);
  call.xml.Text("vpcId", subnet.vpc_id);
  call.xml.Text("cidrBlock", subnet.cidr);
  const auto used =
      std::count_if(call.region.interfaces.begin(), call.region.interfaces.end(),
                    [&](const auto& entry) { return entry.second->subnet_id == subnet.id; });
  call.xml.Number("availableIpAddressCount", static_cast<std::int64_t>(subnet.hosts) - 5 - used);
  call.xml.Text("availabilityZone", subnet.zone);
  call.xml.Text("availabilityZoneId", call.region.zone_ids.at(subnet.zone));
  call.xml.Bool("defaultForAz", subnet.default_for_az);
  call.xml.Bool("mapPublicIpOnLaunch", subnet.map_public_ip_on_launch);
  call.xml.Bool("assignIpv6AddressOnCreation", false);
  WriteIpv6Blocks(FixedId("subnet-cidr-assoc", subnet.id + "/ipv6"), subnet.ipv6_cidr, call);
  WriteTags(subnet.tags, &call.xml);
}

void CreateSubnet(Call& call) {
  const auto vpc = FindById(call.region.vpcs, call.parameters.Require("VpcId"), kVpcIdErrors);
  const std::string cidr = call.parameters.Require("CidrBlock");
  const Block block = ReadBlock(cidr, "InvalidSubnet.Range");
  const Block whole = ReadBlock(vpc->cidr, "InvalidVpc.Range");
  if (block.first < whole.first || block.last > whole.last) {
    throw ApiError("InvalidSubnet.Range", fmt::format("The CIDR '{}' is invalid.", cidr));
  }
  for (const auto& [id, other] : call.region.subnets) {
    const Block taken = ReadBlock(other->cidr, "InvalidSubnet.Range");
    if (other->vpc_id == vpc->id && block.first <= taken.last && taken.first <= block.last) {
      throw ApiError("InvalidSubnet.Conflict",
                     fmt::format("The CIDR '{}' conflicts with another subnet", cidr));
    }
  }
  const auto& zones = call.region.zones;
  std::string zone = call.parameters.Get("AvailabilityZone");
  // EC2 then chooses a zone, and callers cannot rely on its choice: here it is not the first one.
  if (zone.empty()) zone = zones.back();
  if (std::find(zones.begin(), zones.end(), zone) == zones.end()) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Value ({}) for parameter availabilityZone is invalid.", zone));
  }
  const Tags tags = ReadTagSpecifications(call.parameters, "subnet", {"subnet"});
  const auto subnet = call.region.AddSubnet(*vpc, zone, cidr, tags);
  call.xml.Element("subnet", [&] { WriteSubnet(*subnet, call); });
}

void DescribeSubnets(Call& call) {
  const auto yes_no = [](bool value) { return Values{value ? "true" : "false"}; };
  const FilterTable<Subnet> filters = {
      {"subnet-id", [](const Subnet& s) { return Values{s.id}; }},
      {"vpc-id", [](const Subnet& s) { return Values{s.vpc_id}; }},
      {"availability-zone", [](const Subnet& s) { return Values{s.zone}; }},
      {"availabilityZone", [](const Subnet& s) { return Values{s.zone}; }},
      {"availability-zone-id",
       [&](const Subnet& s) { return Values{call.region.zone_ids.at(s.zone)}; }},
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
  call.xml.Items("subnetSet", selected, [&](const auto& subnet) { WriteSubnet(*subnet, call); });
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
  for (const auto& [id, table] : call.region.route_tables) {
    std::erase_if(table->subnets, [&](const auto& entry) { return entry.second == subnet->id; });
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
  const auto& tables = call.region.route_tables;
  const bool own_tables = std::any_of(tables.begin(), tables.end(), [&](const auto& entry) {
    return depends(entry) && entry.second->main_association.empty();
  });
  const auto& gateways = call.region.internet_gateways;
  if (own_groups || own_tables || std::any_of(gateways.begin(), gateways.end(), depends) ||
      std::any_of(call.region.subnets.begin(), call.region.subnets.end(), depends)) {
    throw ApiError("DependencyViolation",
                   fmt::format("The vpc '{}' has dependencies and cannot be deleted.", vpc->id));
  }
  // Deletes the resources that were created together with the VPC.
  std::erase_if(call.region.security_groups, depends);
  std::erase_if(call.region.route_tables, depends);
  call.region.vpcs.erase(vpc->id);
  call.xml.Bool("return", true);
}

}  // namespace

void AddVpcActions(ActionTable* table) {
  (*table)["CreateVpc"] = {CreateVpc, {"CidrBlock", "InstanceTenancy", "TagSpecification"}};
  (*table)["ModifyVpcAttribute"] = {ModifyVpcAttribute,
                                    {"VpcId", "EnableDnsSupport", "EnableDnsHostnames"}};
  (*table)["DescribeVpcAttribute"] = {DescribeVpcAttribute, {"VpcId", "Attribute"}};
  (*table)["CreateSubnet"] = {CreateSubnet,
                              {"VpcId", "CidrBlock", "AvailabilityZone", "TagSpecification"}};
  (*table)["AssociateVpcCidrBlock"] = {AssociateVpcCidrBlock,
                                       {"VpcId", "AmazonProvidedIpv6CidrBlock"}};
  (*table)["AssociateSubnetCidrBlock"] = {AssociateSubnetCidrBlock, {"SubnetId", "Ipv6CidrBlock"}};
  (*table)["DescribeVpcs"] = {DescribeVpcs, {"VpcId", "Filter", "MaxResults", "NextToken"}};
  (*table)["DeleteVpc"] = {DeleteVpc, {"VpcId"}};
  (*table)["DescribeSubnets"] = {DescribeSubnets,
                                 {"SubnetId", "Filter", "MaxResults", "NextToken"}};
  (*table)["DeleteSubnet"] = {DeleteSubnet, {"SubnetId"}};
  (*table)["ModifySubnetAttribute"] = {ModifySubnetAttribute, {"SubnetId", "MapPublicIpOnLaunch"}};
}

}  // namespace localcloud
