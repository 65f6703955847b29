// The table of API actions, and what their handlers share. One file a family of resources:
// *_api.cc.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/ec2/state/region.h"
#include "localcloud/http/api_error.h"
#include "localcloud/http/query_parameters.h"
#include "localcloud/http/xml_writer.h"

namespace localcloud {

// One call of the Query protocol. Handlers write the children of the answer's root element to
// `xml`, and throw ApiError.
struct Call {
  Region& region;
  const QueryParameters& parameters;
  XmlWriter& xml;
  Clock::time_point received;  // when the request was there
};

struct ApiAction {
  std::function<void(Call& call)> run;
  // The names its parameters start with ("InstanceId" for InstanceId.1); others are refused
  // (UnknownParameter), never ignored.
  std::set<std::string> parameters;
  // With DryRun=true `run` is called as well: it checks more than that the resources exist, and
  // ends with ThrowDryRunOperation() before it changes anything.
  bool checks_dry_run = false;
};

using ActionTable = std::map<std::string, ApiAction, std::less<>>;

void AddImageActions(ActionTable* table);
void AddInstanceActions(ActionTable* table);
void AddInstanceAttributeActions(ActionTable* table);
void AddVolumeActions(ActionTable* table);
void AddKeyPairActions(ActionTable* table);
void AddLaunchActions(ActionTable* table);
void AddNetworkActions(ActionTable* table);
void AddPlaceActions(ActionTable* table);  // regions, zones, instance types
void AddRouteActions(ActionTable* table);  // internet gateways, route tables
void AddSecurityGroupActions(ActionTable* table);
void AddTagActions(ActionTable* table);
void AddVpcActions(ActionTable* table);
ActionTable AllActions();  // of all these

// How EC2 calls a kind of resource in its errors.
struct IdErrors {
  std::string prefix;     // "i"
  std::string malformed;  // "InvalidInstanceID.Malformed"
  std::string not_found;  // "InvalidInstanceID.NotFound"
  std::string noun;       // "instance ID"
};
extern const IdErrors kInstanceIdErrors;
extern const IdErrors kImageIdErrors;
extern const IdErrors kSnapshotIdErrors;
extern const IdErrors kGroupIdErrors;
extern const IdErrors kSubnetIdErrors;
extern const IdErrors kVpcIdErrors;
extern const IdErrors kInternetGatewayIdErrors;
extern const IdErrors kRouteTableIdErrors;
extern const IdErrors kVolumeIdErrors;
extern const IdErrors kInterfaceIdErrors;
extern const IdErrors kAllocationIdErrors;

// Whether `id` is of the form "i-" and 8 or 17 hexadecimal digits.
bool IsWellFormed(const std::string& id, const IdErrors& errors);
// Throws ApiError where it is not.
void RequireWellFormed(const std::string& id, const IdErrors& errors);
[[noreturn]] void ThrowNotFound(const std::string& id, const IdErrors& errors);

// Throws ApiError(malformed or not_found). What is not visible yet is not found.
template <typename T>
std::shared_ptr<T> FindById(const ResourceMap<T>& resources, const std::string& id,
                            const IdErrors& errors) {
  RequireWellFormed(id, errors);
  const auto found = resources.find(id);
  if (found == resources.end() || !found->second->is_visible()) ThrowNotFound(id, errors);
  return found->second;
}

// The resources that `ids` name, or all of them where there are none: what a describe call chooses
// from.
template <typename T>
ResourceMap<T> ChooseByIds(const ResourceMap<T>& resources, const std::vector<std::string>& ids,
                           const IdErrors& errors) {
  if (ids.empty()) return resources;
  ResourceMap<T> chosen;
  for (const std::string& id : ids) chosen[id] = FindById(resources, id, errors);
  return chosen;
}

// Empty if there is none. Throws ApiError if it is not one that EC2 takes.
std::string ReadClientToken(const QueryParameters& parameters);
// What must be the same in two calls with the same token.
std::map<std::string, std::string> ComparedParameters(const QueryParameters& parameters);
// Throws ApiError(IdempotentParameterMismatch) if they are not.
void RequireSameParameters(const std::map<std::string, std::string>& earlier,
                           const std::map<std::string, std::string>& now);

// The resource that an earlier call with the same token made, if it is still there; nullptr: none.
// Throws ApiError.
template <typename T>
std::shared_ptr<T> FindByToken(const ResourceMap<T>& resources, const QueryParameters& parameters) {
  const std::string token = ReadClientToken(parameters);
  if (token.empty()) return nullptr;
  for (const auto& [id, resource] : resources) {
    if (resource->client_token != token) continue;
    RequireSameParameters(resource->made_with, ComparedParameters(parameters));
    return resource;
  }
  return nullptr;
}

// <tagSet>, left out where there are none, as EC2 does.
void WriteTags(const Tags& tags, XmlWriter* xml);
// Checks EC2's rules for tags (50 a resource, key and value lengths, no "aws:", no key twice in
// `tag_structures`). Throws ApiError.
void MergeTags(const std::vector<QueryParameters>& tag_structures, Tags* tags);
// TagSpecification.N for `resource_type`; a call that creates other types as well passes them all
// in `created_types`, because a specification for anything else is an error. Throws ApiError.
Tags ReadTagSpecifications(const QueryParameters& parameters, const std::string& resource_type,
                           const std::set<std::string>& created_types);

}  // namespace localcloud
