// The baseline that everything else is compared with.
#include "fixtures/techniques/cold.h"
#include "suites/harness/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterBaselineSuite(std::vector<fixtures::LaunchFixture*>* registered) {
  Register<fixtures::ColdLaunch>(registered, "Cold");
}

}  // namespace suites
