#include "suites/suites.h"

namespace suites {

std::vector<fixtures::LaunchFixture*> RegisterAllSuites(const fixtures::LaunchOptions& options,
                                                        bool with_fleet) {
  std::vector<fixtures::LaunchFixture*> registered;
  RegisterBaselineSuite(&registered);
  RegisterWarmPoolSuite(&registered);
  RegisterStudySuite(options, &registered);
  RegisterBurstSuite(options, &registered);
  RegisterSweepSuite(options, &registered);
  RegisterImageSuite(&registered);
  RegisterInstrumentSuite(&registered);
  if (with_fleet) RegisterFleetSuite(options, &registered);
  return registered;
}

}  // namespace suites
