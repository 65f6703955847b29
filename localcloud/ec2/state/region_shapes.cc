#include "localcloud/ec2/state/region_shapes.h"

namespace localcloud {

const std::vector<RegionShape>& RegionShapes() {
  static const std::vector<RegionShape> shapes = {
      {"us-west-2", {4, 1, 2, 3}}, {"us-east-1", {3, 1, 2, 4, 5, 6}}, {"us-east-2", {2, 3, 1}},
      {"eu-west-1", {3, 1, 2}},    {"ap-northeast-1", {4, 1, 2}},
  };
  return shapes;
}

const std::vector<std::string>& RegionNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const RegionShape& region : RegionShapes()) all.push_back(region.name);
    return all;
  }();
  return names;
}

}  // namespace localcloud
