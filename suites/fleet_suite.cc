// The fleet: how fast orchestrator and runners come up, and what each optimization is worth.
#include "fixtures/fleet/fleet.h"
#include "fixtures/fleet/fleet_variants.h"
#include "suites/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterFleetSuite(const fixtures::LaunchOptions& options, bool with_terraform,
                        std::vector<fixtures::LaunchFixture*>* registered) {
  for (const std::string& variant : fixtures::fleet::VariantNames()) {
    if (fixtures::fleet::IsOfTerraform(variant) && !with_terraform) continue;
    Register<fixtures::fleet::Fleet>(registered, variant, options.fleet);
  }
}

}  // namespace suites
