// CreateTags, DeleteTags and DescribeTags, and the TagSpecification of calls that create resources.
#include <fmt/format.h>

#include <set>
#include <utility>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/api/text_rules.h"
#include "localcloud/ec2/state/instance.h"

namespace localcloud {
namespace {

constexpr std::size_t kMaxTags = 50;
// In Unicode characters. From the EC2 API reference, data type Tag.
constexpr std::size_t kMaxKeySize = 127;
constexpr std::size_t kMaxValueSize = 255;

// Calls visit(resource, type) for every visible resource in the region that can have tags.
template <typename Visit>
void ForEachTagged(Region& region, Visit visit) {
  const auto visit_all = [&](const auto& resources, const std::string& type) {
    for (const auto& [id, resource] : resources) {
      if (resource->is_visible()) visit(*resource, type);
    }
  };
  visit_all(region.instances, "instance");
  visit_all(region.security_groups, "security-group");
  visit_all(region.key_pairs, "key-pair");
  visit_all(region.images, "image");
  visit_all(region.snapshots, "snapshot");
  visit_all(region.volumes, "volume");
  visit_all(region.interfaces, "network-interface");
  visit_all(region.addresses, "elastic-ip");
  visit_all(region.subnets, "subnet");
  visit_all(region.vpcs, "vpc");
  visit_all(region.internet_gateways, "internet-gateway");
  visit_all(region.route_tables, "route-table");
}

Resource* FindTagged(Region& region, const std::string& id) {
  Resource* found = nullptr;
  ForEachTagged(region, [&](Resource& resource, const std::string&) {
    if (resource.id == id) found = &resource;
  });
  return found;
}

// InvalidID is the error for text that is not an id of any kind.
[[noreturn]] void ThrowUnknown(const std::string& id) {
  static const IdErrors kKeyPairIdErrors = {"key", "", "InvalidKeyPair.NotFound", "key pair"};
  for (const IdErrors* errors :
       {&kInstanceIdErrors, &kImageIdErrors, &kSnapshotIdErrors, &kGroupIdErrors, &kSubnetIdErrors,
        &kVpcIdErrors, &kInternetGatewayIdErrors, &kRouteTableIdErrors, &kVolumeIdErrors,
        &kInterfaceIdErrors, &kAllocationIdErrors, &kKeyPairIdErrors}) {
    if (IsWellFormed(id, *errors)) ThrowNotFound(id, *errors);
  }
  throw ApiError("InvalidID", fmt::format("The ID '{}' is not valid", id));
}

std::vector<Resource*> FindAllTagged(Call& call) {
  const std::vector<std::string> ids = call.parameters.GetList("ResourceId");
  if (ids.empty()) call.parameters.Require("ResourceId");
  std::vector<Resource*> resources;
  for (const std::string& id : ids) {
    Resource* resource = FindTagged(call.region, id);
    if (resource == nullptr) ThrowUnknown(id);
    resources.push_back(resource);
  }
  return resources;
}

void CreateTags(Call& call) {
  const std::vector<Resource*> resources = FindAllTagged(call);
  const auto structures = call.parameters.GetStructures("Tag");
  if (structures.empty()) call.parameters.Require("Tag");
  // All or nothing: checks on copies first.
  for (const Resource* resource : resources) {
    Tags copy = resource->tags;
    MergeTags(structures, &copy);
  }
  for (Resource* resource : resources) {
    call.region.TagsChange(resource);
    MergeTags(structures, &resource->tags);
  }
  call.xml.Bool("return", true);
}

void DeleteTags(Call& call) {
  const std::vector<Resource*> resources = FindAllTagged(call);
  const auto structures = call.parameters.GetStructures("Tag");
  for (Resource* resource : resources) {
    call.region.TagsChange(resource);
    if (structures.empty()) resource->tags.clear();
    for (const QueryParameters& tag : structures) {
      const auto found = resource->tags.find(tag.Require("Key"));
      if (found == resource->tags.end()) continue;
      // If a value is given, deletes the tag only if it has that value.
      const bool any_value = !tag.values().contains("Value");
      if (any_value || tag.Get("Value") == found->second) resource->tags.erase(found);
    }
  }
  call.xml.Bool("return", true);
}

// One tag as one row of DescribeTags.
struct TagRow : Resource {
  std::string key;
  std::string value;
  std::string resource_id;
  std::string resource_type;
};

void DescribeTags(Call& call) {
  static const FilterTable<TagRow> kFilters = {
      {"key", [](const TagRow& row) { return std::vector{row.key}; }},
      {"value", [](const TagRow& row) { return std::vector{row.value}; }},
      {"resource-id", [](const TagRow& row) { return std::vector{row.resource_id}; }},
      {"resource-type", [](const TagRow& row) { return std::vector{row.resource_type}; }},
  };
  ResourceMap<TagRow> rows;
  ForEachTagged(call.region, [&](Resource& resource, const std::string& type) {
    for (const auto& [key, value] : resource.indexed_tags()) {
      auto row = std::make_shared<TagRow>();
      row->ordinal = rows.size() + 1;
      row->tags[key] = value;  // for tag:<key> filters
      row->key = key;
      row->value = value;
      row->resource_id = resource.id;
      row->resource_type = type;
      rows.emplace(resource.id + "/" + key, std::move(row));
    }
  });
  auto selected = Select(rows, ReadFilters(call.parameters), kFilters);
  const std::string next = TakePage(call.parameters, 5, &selected);
  call.xml.Items("tagSet", selected, [&](const auto& row) {
    call.xml.Text("resourceId", row->resource_id);
    call.xml.Text("resourceType", row->resource_type);
    call.xml.Text("key", row->key);
    call.xml.Text("value", row->value);
  });
  call.xml.OptionalText("nextToken", next);
}

}  // namespace

void WriteTags(const Tags& tags, XmlWriter* xml) {
  if (tags.empty()) return;
  xml->Items("tagSet", tags, [&](const auto& tag) {
    xml->Text("key", tag.first);
    xml->Text("value", tag.second);
  });
}

void MergeTags(const std::vector<QueryParameters>& tag_structures, Tags* tags) {
  std::set<std::string> keys;
  for (const QueryParameters& tag : tag_structures) {
    const std::string key = tag.Get("Key");
    const std::string value = tag.Get("Value");
    if (key.empty() || CountCharacters(key) > kMaxKeySize || key.starts_with("aws:")) {
      throw ApiError("InvalidParameterValue",
                     fmt::format("Tag key '{}' is invalid: it must have 1 to 127 characters and "
                                 "must not begin with 'aws:'",
                                 key));
    }
    if (CountCharacters(value) > kMaxValueSize) {
      throw ApiError("InvalidParameterValue",
                     fmt::format("The value of tag '{}' exceeds 255 characters", key));
    }
    if (!keys.insert(key).second) {
      throw ApiError("InvalidParameterValue",
                     fmt::format("Duplicate tag key '{}' specified.", key));
    }
    (*tags)[key] = value;
  }
  if (tags->size() > kMaxTags) {
    throw ApiError("TagLimitExceeded", "A resource may have at most 50 tags");
  }
}

Tags ReadTagSpecifications(const QueryParameters& parameters, const std::string& resource_type,
                           const std::set<std::string>& created_types) {
  Tags tags;
  for (const QueryParameters& specification : parameters.GetStructures("TagSpecification")) {
    const std::string type = specification.Get("ResourceType");
    if (!created_types.contains(type)) {
      throw ApiError("InvalidParameterValue",
                     fmt::format("'{}' is not a valid taggable resource type for this call", type));
    }
    if (type == resource_type) MergeTags(specification.GetStructures("Tag"), &tags);
  }
  return tags;
}

void AddTagActions(ActionTable* table) {
  (*table)["CreateTags"] = {CreateTags, {"ResourceId", "Tag"}};
  (*table)["DeleteTags"] = {DeleteTags, {"ResourceId", "Tag"}};
  (*table)["DescribeTags"] = {DescribeTags, {"Filter", "MaxResults", "NextToken"}};
}

}  // namespace localcloud
