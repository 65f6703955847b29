// Many requesters at the same time: with cold launches, and with a warm pool in front of them.
#include "fixtures/techniques/burst.h"
#include "fixtures/techniques/hybrid.h"
#include "suites/harness/registration.h"
#include "suites/suites.h"

namespace suites {

void RegisterBurstSuite(const fixtures::LaunchOptions& options,
                        std::vector<fixtures::LaunchFixture*>* registered) {
  for (const int machines : options.burst_sizes) Register<fixtures::Burst>(registered, machines);
  for (const auto& [pool, burst] : options.hybrid_sizes)
    Register<fixtures::Hybrid>(registered, pool, burst);
}

}  // namespace suites
