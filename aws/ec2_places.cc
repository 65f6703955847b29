// Ec2: where and as what an instance can run - regions, zones, subnets, instance types.
#include <algorithm>
#include <pugixml.hpp>
#include <tuple>
#include <utility>

#include "aws/ec2.h"
#include "aws/ec2_wire.h"

namespace aws {

using namespace ec2_wire;

namespace {

// "InvalidGroup.NotFound" and the like; CreateTags says InvalidID.
bool IsUnknownId(std::string_view code) {
  return code.ends_with("NotFound") || code == "InvalidID";
}

}  // namespace

Ec2::Ec2(std::shared_ptr<Client> client) : client_(std::move(client)), fresh_(&IsUnknownId) {}

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
                  Text(item.child("processorInfo").child("supportedArchitectures"), "item");
              info.vcpus = item.child("vCpuInfo").child("defaultVCpus").text().as_int();
              info.memory_mib = item.child("memoryInfo").child("sizeInMiB").text().as_llong();
              info.hibernation_supported = Flag(item, "hibernationSupported");
              infos.push_back(std::move(info));
            });
  return infos;
}

}  // namespace aws
