// The regions of the local cloud and their zones.
#pragma once

#include <string>
#include <vector>

namespace localcloud {

struct RegionShape {
  std::string name;
  // The numbers in its zones' ids, in the order of this account's zone names. On AWS this order
  // differs between accounts.
  std::vector<int> zones;
};

// Returns the regions of the launch study, with their zones ("Regions and Availability Zones" of
// the EC2 User Guide). The first one is the default.
const std::vector<RegionShape>& RegionShapes();
// Returns their names, in the same order.
const std::vector<std::string>& RegionNames();

}  // namespace localcloud
