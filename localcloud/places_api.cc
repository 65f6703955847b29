// Regions, availability zones and instance types: what there is to choose from.
#include <fmt/format.h>

#include <algorithm>

#include "localcloud/api.h"
#include "localcloud/cloud.h"
#include "localcloud/filters.h"
#include "localcloud/instance_types.h"

namespace localcloud {
namespace {

using Values = std::vector<std::string>;

struct Place : Resource {
  std::string state = "available";
};

// Plain names as resources, so that filters work on them as on all others.
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
  static const FilterTable<Place> kFilters = {
      {"zone-name", [](const Place& p) { return Values{p.id}; }},
      {"state", [](const Place& p) { return Values{p.state}; }},
      {"zone-type", [](const Place&) { return Values{"availability-zone"}; }},
      {"opt-in-status", [](const Place&) { return Values{"opt-in-not-required"}; }},
      {"region-name", [](const Place& p) { return Values{p.id.substr(0, p.id.size() - 1)}; }},
  };
  ResourceMap<Place> places = PlacesOf(call.region.zones);
  for (const std::string& name : call.parameters.GetList("ZoneName")) {
    if (!places.contains(name)) {
      throw ApiError("InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", name));
    }
  }
  const Values wanted = call.parameters.GetList("ZoneName");
  if (!wanted.empty()) {
    std::erase_if(places, [&](const auto& entry) {
      return std::find(wanted.begin(), wanted.end(), entry.first) == wanted.end();
    });
  }
  call.xml.Items("availabilityZoneInfo", Select(places, ReadFilters(call.parameters), kFilters),
                 [&](const auto& place) {
                   call.xml.Text("zoneName", place->id);
                   call.xml.Text("zoneState", place->state);
                   call.xml.Text("regionName", call.region.name);
                   call.xml.Text("zoneId", place->id + "-id");
                   call.xml.Text("zoneType", "availability-zone");
                   call.xml.Text("optInStatus", "opt-in-not-required");
                   call.xml.Element("messageSet", [] {});
                 });
}

struct TypeRow : Resource {
  const InstanceType* type = nullptr;
};

void WriteInstanceType(const InstanceType& type, XmlWriter* xml) {
  xml->Text("instanceType", type.name);
  xml->Bool("currentGeneration", type.current_generation);
  xml->Bool("bareMetal", false);
  xml->Text("hypervisor", "nitro");
  xml->Bool("hibernationSupported", type.hibernation_supported);
  xml->Bool("burstablePerformanceSupported", type.name.starts_with('t'));
  xml->Element("processorInfo",
               [&] { xml->TextItems("supportedArchitectures", Values{type.architecture}); });
  xml->Element("vCpuInfo", [&] { xml->Number("defaultVCpus", type.vcpus); });
  xml->Element("memoryInfo", [&] { xml->Number("sizeInMiB", type.memory_mib); });
}

void DescribeInstanceTypes(Call& call) {
  static const FilterTable<TypeRow> kFilters = {
      {"instance-type", [](const TypeRow& r) { return Values{r.type->name}; }},
      {"processor-info.supported-architecture",
       [](const TypeRow& r) { return Values{r.type->architecture}; }},
      {"hibernation-supported",
       [](const TypeRow& r) { return Values{r.type->hibernation_supported ? "true" : "false"}; }},
      {"current-generation",
       [](const TypeRow& r) { return Values{r.type->current_generation ? "true" : "false"}; }},
  };
  const Values wanted = call.parameters.GetList("InstanceType");
  Values unknown;
  for (const std::string& name : wanted) {
    if (FindInstanceType(name) == nullptr) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    throw ApiError("InvalidInstanceType",
                   fmt::format("The following supplied instance types do not exist: [{}]",
                               fmt::join(unknown, ", ")));
  }
  ResourceMap<TypeRow> rows;
  for (const InstanceType& type : InstanceTypes()) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), type.name) == wanted.end()) {
      continue;
    }
    auto row = std::make_shared<TypeRow>();
    row->ordinal = rows.size() + 1;
    row->type = &type;
    rows.emplace(type.name, std::move(row));
  }
  auto selected = Select(rows, ReadFilters(call.parameters), kFilters);
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("instanceTypeSet", selected,
                 [&](const auto& row) { WriteInstanceType(*row->type, &call.xml); });
  call.xml.OptionalText("nextToken", next);
}

}  // namespace

void AddPlaceActions(ActionTable* table) {
  (*table)["DescribeRegions"] = {DescribeRegions, {"RegionName", "Filter", "AllRegions"}};
  (*table)["DescribeAvailabilityZones"] = {DescribeAvailabilityZones,
                                           {"ZoneName", "Filter", "AllAvailabilityZones"}};
  (*table)["DescribeInstanceTypes"] = {DescribeInstanceTypes,
                                       {"InstanceType", "Filter", "MaxResults", "NextToken"}};
}

}  // namespace localcloud
