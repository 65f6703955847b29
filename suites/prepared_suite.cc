// Resources that are made before a launch to shorten it: stopped and hibernated machines, network
// interfaces.
#include "fixtures/techniques/hibernate.h"
#include "fixtures/techniques/pre_eni.h"
#include "fixtures/techniques/start_stopped.h"
#include "suites/harness/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterPreparedSuite(std::vector<fixtures::LaunchFixture*>* registered) {
  Register<fixtures::StartStopped>(registered, "StartStopped");
  Register<fixtures::Hibernate>(registered, "Hibernate");
  Register<fixtures::PreEni>(registered, "PreEni");
}

}  // namespace suites
