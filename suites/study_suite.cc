// What the launch study tried to make a launch faster with: volumes, interfaces, stopped and
// hibernated machines.
#include "fixtures/techniques/ebs_size.h"
#include "suites/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterStudySuite(const fixtures::LaunchOptions& options,
                        std::vector<fixtures::LaunchFixture*>* registered) {
  for (const auto gib : options.sweep_ebs_gib) Register<fixtures::EbsSizeLaunch>(registered, gib);
}

}  // namespace suites
