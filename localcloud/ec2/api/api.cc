#include "localcloud/ec2/api/api.h"

#include <fmt/format.h>

#include <algorithm>

namespace localcloud {

const IdErrors kInstanceIdErrors = {"i", "InvalidInstanceID.Malformed",
                                    "InvalidInstanceID.NotFound", "instance ID"};
const IdErrors kImageIdErrors = {"ami", "InvalidAMIID.Malformed", "InvalidAMIID.NotFound",
                                 "image id"};
const IdErrors kSnapshotIdErrors = {"snap", "InvalidSnapshotID.Malformed",
                                    "InvalidSnapshot.NotFound", "snapshot"};
const IdErrors kGroupIdErrors = {"sg", "InvalidGroupId.Malformed", "InvalidGroup.NotFound",
                                 "security group"};
const IdErrors kSubnetIdErrors = {"subnet", "InvalidSubnetID.Malformed", "InvalidSubnetID.NotFound",
                                  "subnet ID"};
const IdErrors kVpcIdErrors = {"vpc", "InvalidVpcID.Malformed", "InvalidVpcID.NotFound", "vpc ID"};
const IdErrors kInternetGatewayIdErrors = {"igw", "InvalidInternetGatewayId.Malformed",
                                           "InvalidInternetGatewayID.NotFound",
                                           "internetGateway ID"};
const IdErrors kRouteTableIdErrors = {"rtb", "InvalidRouteTableId.Malformed",
                                      "InvalidRouteTableID.NotFound", "routeTable ID"};
const IdErrors kVolumeIdErrors = {"vol", "InvalidVolumeID.Malformed", "InvalidVolume.NotFound",
                                  "volume"};
const IdErrors kInterfaceIdErrors = {"eni", "InvalidNetworkInterfaceId.Malformed",
                                     "InvalidNetworkInterfaceID.NotFound", "networkInterface ID"};
const IdErrors kAllocationIdErrors = {"eipalloc", "InvalidAllocationID.Malformed",
                                      "InvalidAllocationID.NotFound", "allocation ID"};

ActionTable AllActions() {
  ActionTable table;
  AddImageActions(&table);
  AddInstanceActions(&table);
  AddInstanceAttributeActions(&table);
  AddVolumeActions(&table);
  AddKeyPairActions(&table);
  AddLaunchActions(&table);
  AddNetworkActions(&table);
  AddPlaceActions(&table);
  AddRouteActions(&table);
  AddSecurityGroupActions(&table);
  AddTagActions(&table);
  AddVpcActions(&table);
  return table;
}

bool IsWellFormed(const std::string& id, const IdErrors& errors) {
  const std::size_t prefix_size = errors.prefix.size() + 1;
  const bool has_prefix = id.starts_with(errors.prefix + "-");
  const std::string digits = has_prefix ? id.substr(prefix_size) : "";
  return (digits.size() == 8 || digits.size() == 17) &&
         digits.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void RequireWellFormed(const std::string& id, const IdErrors& errors) {
  if (!IsWellFormed(id, errors))
    throw ApiError(errors.malformed, fmt::format("Invalid id: \"{}\"", id));
}

void ThrowNotFound(const std::string& id, const IdErrors& errors) {
  throw ApiError(errors.not_found, fmt::format("The {} '{}' does not exist", errors.noun, id));
}

}  // namespace localcloud
