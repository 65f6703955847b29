// Ec2: regions, zones, subnets and instance types.
#include <algorithm>
#include <pugixml.hpp>
#include <tuple>
#include <utility>

#include "aws/ec2.h"
#include "aws/ec2_wire.h"

namespace aws {

using namespace ec2_wire;

namespace {

// Codes such as "InvalidGroup.NotFound" name the kind of resource that is unknown ("Error codes for
// the Amazon EC2 API"). CreateTags may say InvalidID.
bool IsUnknown(std::string_view code, std::string_view id) {
  if (code == "InvalidID") return true;
  if (!code.ends_with("NotFound")) return false;
  struct Kind {
    std::string_view prefix;
    std::string_view word;
  };
  constexpr Kind kKinds[] = {{"ami-", "AMIID"},     {"eipalloc-", "AllocationID"},
                             {"eni-", "Interface"}, {"i-", "InstanceID"},
                             {"igw-", "Gateway"},   {"rtb-", "RouteTable"},
                             {"sg-", "Group"},      {"snap-", "Snapshot"},
                             {"subnet-", "Subnet"}, {"vol-", "Volume"},
                             {"vpc-", "Vpc"}};
  for (const auto& [prefix, word] : kKinds) {
    if (id.starts_with(prefix)) return code.find(word) != std::string_view::npos;
  }
  // Only key pairs are known by a name without a prefix.
  return code.find("KeyPair") != std::string_view::npos;
}

// Older types list i386 first.
std::string BestArchitecture(const pugi::xml_node& listed) {
  for (const pugi::xml_node& item : listed.children("item")) {
    const std::string architecture = item.text().get();
    if (architecture == "x86_64" || architecture == "arm64") return architecture;
  }
  return Text(listed, "item");
}

}  // namespace

Ec2::Ec2(std::shared_ptr<Client> client) : client_(std::move(client)), fresh_(&IsUnknown) {}

std::vector<Subnet> Ec2::DescribeSubnets(const std::vector<Filter>& filters,
                                         const CallOptions& options) {
  QueryParameters parameters = {{"MaxResults", "1000"}};
  AddFilters(&parameters, filters);
  std::vector<Subnet> subnets;
  CallPages(*client_, "DescribeSubnets", std::move(parameters), "subnetSet", options,
            [&subnets](const pugi::xml_node& item) {
              subnets.push_back({Text(item, "subnetId"), Text(item, "vpcId"),
                                 Text(item, "availabilityZone"), Flag(item, "defaultForAz"),
                                 Flag(item, "mapPublicIpOnLaunch"), Tags(item)});
              for (const auto& block : item.child("ipv6CidrBlockAssociationSet").children("item")) {
                if (subnets.back().ipv6_cidr.empty() &&
                    Text(block.child("ipv6CidrBlockState"), "state") == "associated") {
                  subnets.back().ipv6_cidr = Text(block, "ipv6CidrBlock");
                }
              }
            });
  std::sort(subnets.begin(), subnets.end(), [](const Subnet& a, const Subnet& b) {
    return std::tie(a.availability_zone, a.subnet_id) < std::tie(b.availability_zone, b.subnet_id);
  });
  return subnets;
}

std::vector<AvailabilityZone> Ec2::DescribeAvailabilityZones(const CallOptions& options) {
  std::vector<AvailabilityZone> zones;
  CallPages(*client_, "DescribeAvailabilityZones", {}, "availabilityZoneInfo", options,
            [&zones](const pugi::xml_node& item) {
              zones.push_back({Text(item, "zoneName"), Text(item, "zoneState")});
            });
  std::sort(zones.begin(), zones.end(), [](const AvailabilityZone& a, const AvailabilityZone& b) {
    return a.zone_name < b.zone_name;
  });
  return zones;
}

std::vector<std::string> Ec2::DescribeRegions(const CallOptions& options) {
  std::vector<std::string> regions;
  CallPages(
      *client_, "DescribeRegions", {}, "regionInfo", options,
      [&regions](const pugi::xml_node& item) { regions.push_back(Text(item, "regionName")); });
  std::sort(regions.begin(), regions.end());
  return regions;
}

std::vector<InstanceTypeInfo> Ec2::DescribeInstanceTypes(const std::vector<std::string>& types,
                                                         const CallOptions& options) {
  QueryParameters parameters;
  AddList(&parameters, "InstanceType", types);
  std::vector<InstanceTypeInfo> infos;
  CallPages(*client_, "DescribeInstanceTypes", std::move(parameters), "instanceTypeSet", options,
            [&infos](const pugi::xml_node& item) {
              InstanceTypeInfo info;
              info.instance_type = Text(item, "instanceType");
              info.architecture =
                  BestArchitecture(item.child("processorInfo").child("supportedArchitectures"));
              info.vcpus = item.child("vCpuInfo").child("defaultVCpus").text().as_int();
              info.memory_mib = item.child("memoryInfo").child("sizeInMiB").text().as_llong();
              info.hibernation_supported = Flag(item, "hibernationSupported");
              infos.push_back(std::move(info));
            });
  return infos;
}

std::vector<InstanceTypeOffering> Ec2::DescribeInstanceTypeOfferings(
    const std::vector<std::string>& types, const CallOptions& options) {
  QueryParameters parameters = {{"LocationType", "availability-zone"}, {"MaxResults", "1000"}};
  if (!types.empty()) AddFilters(&parameters, {{"instance-type", types}});
  std::vector<InstanceTypeOffering> offerings;
  CallPages(*client_, "DescribeInstanceTypeOfferings", std::move(parameters),
            "instanceTypeOfferingSet", options, [&offerings](const pugi::xml_node& item) {
              offerings.push_back({Text(item, "instanceType"), Text(item, "location")});
            });
  return offerings;
}

}  // namespace aws
