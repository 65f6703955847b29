#include "localcloud/ec2/api/dry_run.h"

#include <string>
#include <string_view>
#include <utility>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/state/instance.h"
#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

bool NamesAResource(const std::string& parameter) {
  for (const char* text : {"Filter.", "Tag.", "TagSpecification.", "UserData", "ClientToken"}) {
    if (parameter.starts_with(text)) return false;
  }
  return true;
}

template <typename T>
void Require(const ResourceMap<T>& resources, const IdErrors& errors, const std::string& id) {
  if (id.starts_with(errors.prefix + "-")) FindById(resources, id, errors);
}

}  // namespace

void RequireNamedResources(const Region& region, const QueryParameters& parameters) {
  for (const auto& [name, id] : parameters.values()) {
    if (!NamesAResource(name)) continue;
    Require(region.instances, kInstanceIdErrors, id);
    Require(region.images, kImageIdErrors, id);
    Require(region.snapshots, kSnapshotIdErrors, id);
    Require(region.security_groups, kGroupIdErrors, id);
    Require(region.subnets, kSubnetIdErrors, id);
    Require(region.vpcs, kVpcIdErrors, id);
    Require(region.internet_gateways, kInternetGatewayIdErrors, id);
    Require(region.route_tables, kRouteTableIdErrors, id);
    Require(region.volumes, kVolumeIdErrors, id);
    Require(region.interfaces, kInterfaceIdErrors, id);
    Require(region.addresses, kAllocationIdErrors, id);
    if (id.starts_with("eipassoc-")) {
      bool found = false;
      for (const auto& [allocation, address] : region.addresses)
        found = found || address->association_id == id;
      if (!found) {
        throw ApiError("InvalidAssociationID.NotFound",
                       "The association ID '" + id + "' does not exist");
      }
    }
  }
}

void ThrowDryRunOperation() {
  throw ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
}

}  // namespace localcloud
