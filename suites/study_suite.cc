// What the launch study tried to make a launch faster with: volumes, interfaces, stopped and
// hibernated machines.
#include "fixtures/techniques/ebs_size.h"
#include "fixtures/techniques/hibernate.h"
#include "fixtures/techniques/pre_eni.h"
#include "fixtures/techniques/start_stopped.h"
#include "suites/harness/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterStudySuite(const fixtures::LaunchOptions& options,
                        std::vector<fixtures::LaunchFixture*>* registered) {
  for (const auto gib : options.sweep_ebs_gib) Register<fixtures::EbsSizeLaunch>(registered, gib);
  Register<fixtures::StartStopped>(registered, "StartStopped");
  Register<fixtures::Hibernate>(registered, "Hibernate");
  Register<fixtures::PreEni>(registered, "PreEni");
}

}  // namespace suites
