// Which regions the local cloud has, and their zones.
#pragma once

#include <string>
#include <vector>

namespace localcloud {

struct RegionShape {
  std::string name;
  // The numbers in its zones' ids, in the order of this account's zone names: on AWS each account
  // has an order of its own.
  std::vector<int> zones;
};

// The regions of the launch study, with the zones they have ("Regions and Availability Zones" of
// the EC2 User Guide). The first is the default.
const std::vector<RegionShape>& RegionShapes();
// Their names, in the same order.
const std::vector<std::string>& RegionNames();

}  // namespace localcloud
