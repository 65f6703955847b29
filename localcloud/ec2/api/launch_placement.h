// RunInstances: reads where the instances go.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/state/instance_types.h"
#include "localcloud/ec2/state/resources.h"

namespace localcloud {

// The network of an instance: where it goes and how it is reached.
struct Placement {
  // Given by the caller. If null, an interface is created in `subnet`.
  std::shared_ptr<NetworkInterface> existing;
  Subnet* subnet = nullptr;
  std::vector<std::string> group_ids;
  bool public_address = false;
  bool ipv6 = false;
  bool delete_on_termination = true;
};

// Reads the subnet or interface, the groups and the addresses of a RunInstances call for `type`.
// Throws ApiError with EC2's codes; Unsupported if the zone does not offer the type.
Placement ReadPlacement(Call& call, const InstanceType& type);

}  // namespace localcloud
