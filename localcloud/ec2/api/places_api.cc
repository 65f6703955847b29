// The choices for a launch: regions, availability zones and instance types.
#include <fmt/format.h>

#include <algorithm>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/state/instance_types.h"
#include "localcloud/ec2/state/region_shapes.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

struct Place : Resource {
  std::string state = "available";
};

// Wraps names as resources, so that the usual filters work on them.
ResourceMap<Place> PlacesOf(const Values& names) {
  ResourceMap<Place> places;
  for (const std::string& name : names) {
    auto place = std::make_shared<Place>();
    place->id = name;
    place->ordinal = places.size() + 1;
    places.emplace(name, std::move(place));
  }
  return places;
}

void DescribeRegions(Call& call) {
  static const FilterTable<Place> kFilters = {
      {"region-name", [](const Place& p) { return Values{p.id}; }},
      {"opt-in-status", [](const Place&) { return Values{"opt-in-not-required"}; }},
  };
  Values names = call.parameters.GetList("RegionName");
  for (const std::string& name : names) {
    const Values& known = RegionNames();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw ApiError("InvalidParameterValue", fmt::format("Invalid region '{}'", name));
    }
  }
  if (names.empty()) names = RegionNames();
  call.xml.Items("regionInfo", Select(PlacesOf(names), ReadFilters(call.parameters), kFilters),
                 [&](const auto& place) {
                   call.xml.Text("regionName", place->id);
                   call.xml.Text("regionEndpoint", "ec2." + place->id + ".amazonaws.com");
                   call.xml.Text("optInStatus", "opt-in-not-required");
                 });
}

void DescribeAvailabilityZones(Call& call) {
  const FilterTable<Place> filters = {
      {"zone-name", [](const Place& p) { return Values{p.id}; }},
      {"zone-id", [&](const Place& p) { return Values{call.region.zone_ids.at(p.id)}; }},
      {"state", [](const Place& p) { return Values{p.state}; }},
      {"zone-type", [](const Place&) { return Values{"availability-zone"}; }},
      {"opt-in-status", [](const Place&) { return Values{"opt-in-not-required"}; }},
      {"region-name", [](const Place& p) { return Values{p.id.substr(0, p.id.size() - 1)}; }},
  };
  ResourceMap<Place> places = PlacesOf(call.region.zones);
  Values wanted = call.parameters.GetList("ZoneName");
  for (const std::string& id : call.parameters.GetList("ZoneId")) {
    const auto& ids = call.region.zone_ids;
    const auto zone =
        std::find_if(ids.begin(), ids.end(), [&](const auto& entry) { return entry.second == id; });
    wanted.push_back(zone == ids.end() ? id : zone->first);
  }
  for (const std::string& name : wanted) {
    if (!places.contains(name)) {
      throw ApiError("InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", name));
    }
  }
  if (!wanted.empty()) {
    std::erase_if(places, [&](const auto& entry) {
      return std::find(wanted.begin(), wanted.end(), entry.first) == wanted.end();
    });
  }
  call.xml.Items("availabilityZoneInfo", Select(places, ReadFilters(call.parameters), filters),
                 [&](const auto& place) {
                   call.xml.Text("zoneName", place->id);
                   call.xml.Text("zoneState", place->state);
                   call.xml.Text("regionName", call.region.name);
                   call.xml.Text("zoneId", call.region.zone_ids.at(place->id));
                   call.xml.Text("groupName", call.region.name + "-zg-1");
                   call.xml.Text("networkBorderGroup", call.region.name);
                   call.xml.Text("zoneType", "availability-zone");
                   call.xml.Text("optInStatus", "opt-in-not-required");
                   call.xml.Element("messageSet", [] {});
                 });
}

struct TypeRow : Resource {
  const InstanceType* type = nullptr;
};

// Older types list the 32-bit architecture first (as t2.micro does in the AWS CLI's reference).
Values Architectures(const InstanceType& type) {
  return type.xen ? Values{"i386", type.architecture} : Values{type.architecture};
}

void WriteInstanceType(const InstanceType& type, XmlWriter* xml) {
  xml->Text("instanceType", type.name);
  xml->Bool("currentGeneration", type.current_generation);
  xml->Bool("bareMetal", false);
  xml->Text("hypervisor", type.xen ? "xen" : "nitro");
  xml->Bool("hibernationSupported", type.hibernation_supported);
  xml->Bool("burstablePerformanceSupported", type.name.starts_with('t'));
  xml->Element("processorInfo",
               [&] { xml->TextItems("supportedArchitectures", Architectures(type)); });
  xml->Element("vCpuInfo", [&] { xml->Number("defaultVCpus", type.vcpus); });
  xml->Element("memoryInfo", [&] { xml->Number("sizeInMiB", type.memory_mib); });
}

void DescribeInstanceTypes(Call& call) {
  static const FilterTable<TypeRow> kFilters = {
      {"instance-type", [](const TypeRow& r) { return Values{r.type->name}; }},
      {"processor-info.supported-architecture",
       [](const TypeRow& r) { return Architectures(*r.type); }},
      {"hibernation-supported",
       [](const TypeRow& r) { return Values{r.type->hibernation_supported ? "true" : "false"}; }},
      {"current-generation",
       [](const TypeRow& r) { return Values{r.type->current_generation ? "true" : "false"}; }},
  };
  const Values wanted = call.parameters.GetList("InstanceType");
  Values unknown;
  for (const std::string& name : wanted) {
    const InstanceType* const type = FindInstanceType(name);
    if (type == nullptr || !call.region.Offers(*type)) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    throw ApiError("InvalidInstanceType",
                   fmt::format("The following supplied instance types do not exist: [{}]",
                               fmt::join(unknown, ", ")));
  }
  ResourceMap<TypeRow> rows;
  for (const InstanceType& type : InstanceTypes()) {
    if (!call.region.Offers(type)) continue;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), type.name) == wanted.end()) {
      continue;
    }
    auto row = std::make_shared<TypeRow>();
    row->ordinal = rows.size() + 1;
    row->type = &type;
    rows.emplace(type.name, std::move(row));
  }
  auto selected = Select(rows, ReadFilters(call.parameters), kFilters);
  const std::string next = TakePage(call.parameters, 5, &selected, kMostOfFew);
  call.xml.Items("instanceTypeSet", selected,
                 [&](const auto& row) { WriteInstanceType(*row->type, &call.xml); });
  call.xml.OptionalText("nextToken", next);
}

struct Offering : Resource {
  std::string type;
  std::string location;
};

void DescribeInstanceTypeOfferings(Call& call) {
  static const FilterTable<Offering> kFilters = {
      {"instance-type", [](const Offering& o) { return Values{o.type}; }},
      {"location", [](const Offering& o) { return Values{o.location}; }},
  };
  std::string location_type = call.parameters.Get("LocationType");
  if (location_type.empty()) location_type = "region";
  const bool by_id = location_type == "availability-zone-id";
  if (location_type != "region" && location_type != "availability-zone" && !by_id) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Value ({}) for parameter locationType is invalid.", location_type));
  }
  ResourceMap<Offering> offerings;
  const auto add = [&](const InstanceType& type, const std::string& location) {
    auto offering = std::make_shared<Offering>();
    offering->ordinal = offerings.size() + 1;
    offering->type = type.name;
    offering->location = location;
    offerings.emplace(location + "/" + type.name, std::move(offering));
  };
  for (const InstanceType& type : InstanceTypes()) {
    if (location_type == "region") {
      if (call.region.Offers(type)) add(type, call.region.name);
      continue;
    }
    for (const std::string& zone : call.region.zones) {
      if (call.region.Offers(zone, type)) add(type, by_id ? call.region.zone_ids.at(zone) : zone);
    }
  }
  auto selected = Select(offerings, ReadFilters(call.parameters), kFilters);
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("instanceTypeOfferingSet", selected, [&](const auto& offering) {
    call.xml.Text("instanceType", offering->type);
    call.xml.Text("locationType", location_type);
    call.xml.Text("location", offering->location);
  });
  call.xml.OptionalText("nextToken", next);
}

}  // namespace

void AddPlaceActions(ActionTable* table) {
  (*table)["DescribeRegions"] = {DescribeRegions, {"RegionName", "Filter", "AllRegions"}};
  (*table)["DescribeAvailabilityZones"] = {
      DescribeAvailabilityZones, {"ZoneName", "ZoneId", "Filter", "AllAvailabilityZones"}};
  (*table)["DescribeInstanceTypeOfferings"] = {
      DescribeInstanceTypeOfferings, {"LocationType", "Filter", "MaxResults", "NextToken"}};
  (*table)["DescribeInstanceTypes"] = {DescribeInstanceTypes,
                                       {"InstanceType", "Filter", "MaxResults", "NextToken"}};
}

}  // namespace localcloud
