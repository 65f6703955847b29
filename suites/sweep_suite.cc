// Cold launches with one setting changed: volume size, instance type, zone or region.
#include "fixtures/techniques/availability_zone.h"
#include "fixtures/techniques/ebs_size.h"
#include "fixtures/techniques/instance_type.h"
#include "fixtures/techniques/region.h"
#include "suites/harness/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterSweepSuite(const fixtures::LaunchOptions& options,
                        std::vector<fixtures::LaunchFixture*>* registered) {
  for (const auto gib : options.sweep_ebs_gib) Register<fixtures::EbsSizeLaunch>(registered, gib);
  for (const auto& type : options.sweep_instance_types)
    Register<fixtures::InstanceTypeLaunch>(registered, type);
  auto zones = options.sweep_zones;
  // Zones are given by name, because listing benchmarks makes no network call. If a zone does not
  // exist, only its own benchmark fails.
  if (zones.empty()) {
    for (const char letter : {'a', 'b', 'c'}) zones.push_back(options.regions.front() + letter);
  }
  for (const auto& zone : zones) Register<fixtures::AvailabilityZoneLaunch>(registered, zone);
  for (const auto& region : options.sweep_regions)
    Register<fixtures::RegionLaunch>(registered, region);
}

}  // namespace suites
