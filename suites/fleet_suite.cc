// The fleets: how fast orchestrator and runners start, and how much each optimization saves.
#include "fixtures/fleet/fleet.h"
#include "fixtures/fleet/fleet_settings.h"
#include "suites/harness/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterFleetSuite(const fixtures::LaunchOptions& options,
                        const std::vector<std::string>& variants,
                        std::vector<fixtures::LaunchFixture*>* registered) {
  for (const std::string& variant : variants)
    Register<fixtures::fleet::Fleet>(registered, variant, fixtures::fleet::SettingsOf(options));
}

}  // namespace suites
