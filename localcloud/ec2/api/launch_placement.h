// RunInstances: where the instances go.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/state/instance_types.h"
#include "localcloud/ec2/state/resources.h"

namespace localcloud {

// Where an instance goes and how it is reached.
struct Placement {
  std::shared_ptr<NetworkInterface> existing;  // given by the caller; else one is made in subnet
  Subnet* subnet = nullptr;
  std::vector<std::string> group_ids;
  bool public_address = false;
  bool ipv6 = false;
  bool delete_on_termination = true;
};

// Reads subnet or interface, groups and addresses of a RunInstances call for `type`. Throws
// ApiError with EC2's codes: Unsupported if the zone has no machines of the type.
Placement ReadPlacement(Call& call, const InstanceType& type);

}  // namespace localcloud
