#include "suites/suites.h"

namespace suites {

std::vector<fixtures::LaunchFixture*> RegisterAllSuites(
    const fixtures::LaunchOptions& options, const std::vector<std::string>& fleet_variants) {
  std::vector<fixtures::LaunchFixture*> registered;
  RegisterBaselineSuite(&registered);
  RegisterWarmPoolSuite(&registered);
  RegisterPreparedSuite(&registered);
  RegisterBurstSuite(options, &registered);
  RegisterSweepSuite(options, &registered);
  RegisterImageSuite(&registered);
  RegisterInstrumentSuite(&registered);
  RegisterFleetSuite(options, fleet_variants, &registered);
  return registered;
}

}  // namespace suites
