// The same cold launch, measured with different instruments.
#include "fixtures/techniques/aws_cli_waiter.h"
#include "fixtures/techniques/cold.h"
#include "suites/harness/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterInstrumentSuite(std::vector<fixtures::LaunchFixture*>* registered) {
  Register<fixtures::ColdLaunch>(registered, "Instrument/Watcher");
  Register<fixtures::AwsCliWaiter>(registered, "Instrument/AwsCliWaiter");
}

}  // namespace suites
