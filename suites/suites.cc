#include "suites/suites.h"

namespace suites {

std::vector<fixtures::LaunchFixture*> RegisterAllSuites(const fixtures::LaunchOptions& options,
                                                        Fleets fleets) {
  std::vector<fixtures::LaunchFixture*> registered;
  RegisterBaselineSuite(&registered);
  RegisterWarmPoolSuite(&registered);
  RegisterStudySuite(options, &registered);
  RegisterBurstSuite(options, &registered);
  RegisterSweepSuite(options, &registered);
  RegisterImageSuite(&registered);
  RegisterInstrumentSuite(&registered);
  if (fleets != Fleets::kNone) RegisterFleetSuite(options, fleets == Fleets::kAll, &registered);
  return registered;
}

}  // namespace suites
