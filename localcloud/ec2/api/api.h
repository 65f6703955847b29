// The table of API actions, and the functions that their handlers share. Each family of resources
// has its own file: *_api.cc.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "localcloud/ec2/state/region.h"
#include "localcloud/http/api_error.h"
#include "localcloud/http/query_parameters.h"
#include "localcloud/http/xml_writer.h"
#include "localcloud/model/truth.h"

namespace localcloud {

// One call of the Query protocol. Handlers write the children of the answer's root element to
// `xml`. They throw ApiError.
struct Call {
  Region& region;
  const QueryParameters& parameters;
  XmlWriter& xml;
  Clock::time_point received;  // when the whole request had arrived
  // For the truth: what the answer says about the instances that were asked for. Only `action` and
  // `state` are set.
  std::vector<std::pair<std::shared_ptr<BootTruth>, StateAnswer>> answers = {};
};

struct ApiAction {
  std::function<void(Call& call)> run;
  // The first parts of the parameters' names ("InstanceId" for InstanceId.1). Other parameters are
  // refused (UnknownParameter), never ignored.
  std::set<std::string> parameters;
  // If true, `run` is also called with DryRun=true. It then does further checks, and must call
  // ThrowDryRunOperation() before it changes anything.
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
ActionTable AllActions();  // all actions of the functions above

// The names that EC2's errors use for a kind of resource.
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

// Returns true if `id` has the form "i-" followed by 8 or 17 hexadecimal digits.
bool IsWellFormed(const std::string& id, const IdErrors& errors);
// Throws ApiError if it does not.
void RequireWellFormed(const std::string& id, const IdErrors& errors);
[[noreturn]] void ThrowNotFound(const std::string& id, const IdErrors& errors);

// Throws ApiError(malformed or not_found). A resource that is not visible yet is not found.
template <typename T>
std::shared_ptr<T> FindById(const ResourceMap<T>& resources, const std::string& id,
                            const IdErrors& errors) {
  RequireWellFormed(id, errors);
  const auto found = resources.find(id);
  if (found == resources.end() || !found->second->is_visible()) ThrowNotFound(id, errors);
  return found->second;
}

// Returns the resources with these ids, or all resources if `ids` is empty. Used by describe calls.
template <typename T>
ResourceMap<T> ChooseByIds(const ResourceMap<T>& resources, const std::vector<std::string>& ids,
                           const IdErrors& errors) {
  if (ids.empty()) return resources;
  ResourceMap<T> chosen;
  for (const std::string& id : ids) chosen[id] = FindById(resources, id, errors);
  return chosen;
}

// Returns an empty text if there is no token. Throws ApiError if EC2 would refuse the token.
std::string ReadClientToken(const QueryParameters& parameters);
// Returns the parameters that must be the same in two calls with the same token.
std::map<std::string, std::string> ComparedParameters(const QueryParameters& parameters);
// Throws ApiError(IdempotentParameterMismatch) if they differ.
void RequireSameParameters(const std::map<std::string, std::string>& earlier,
                           const std::map<std::string, std::string>& now);

// Returns the resource that an earlier call with the same token created; nullptr if there was none
// or it no longer exists. Throws ApiError.
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

// Writes <tagSet>. Omits it if there are no tags, as EC2 does.
void WriteTags(const Tags& tags, XmlWriter* xml);
// Adds the tags after checking EC2's rules: at most 50 tags per resource, key and value lengths, no
// "aws:" prefix, no duplicate key in `tag_structures`. Throws ApiError.
void MergeTags(const std::vector<QueryParameters>& tag_structures, Tags* tags);
// Reads TagSpecification.N for `resource_type`. A call that creates several types passes all of
// them in `created_types`: a specification for any other type is an error. Throws ApiError.
Tags ReadTagSpecifications(const QueryParameters& parameters, const std::string& resource_type,
                           const std::set<std::string>& created_types);

}  // namespace localcloud
