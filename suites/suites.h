// WHAT is measured: the suites, each a file of its own.
#pragma once

#include <string>
#include <vector>

#include "fixtures/launch/launch_fixture.h"
#include "fixtures/region/launch_options.h"

namespace suites {

// Registers every benchmark of every suite with the library, which owns them from then on; of the
// fleets those of `fleet_variants`. What is registered and matches the filter is run. Makes no
// network call.
std::vector<fixtures::LaunchFixture*> RegisterAllSuites(
    const fixtures::LaunchOptions& options, const std::vector<std::string>& fleet_variants);

// Each registers its own and appends them to `registered`.
void RegisterBaselineSuite(std::vector<fixtures::LaunchFixture*>* registered);
void RegisterWarmPoolSuite(std::vector<fixtures::LaunchFixture*>* registered);
void RegisterInstrumentSuite(std::vector<fixtures::LaunchFixture*>* registered);
void RegisterImageSuite(std::vector<fixtures::LaunchFixture*>* registered);
void RegisterPreparedSuite(std::vector<fixtures::LaunchFixture*>* registered);
void RegisterBurstSuite(const fixtures::LaunchOptions& options,
                        std::vector<fixtures::LaunchFixture*>* registered);
void RegisterFleetSuite(const fixtures::LaunchOptions& options,
                        const std::vector<std::string>& variants,
                        std::vector<fixtures::LaunchFixture*>* registered);
void RegisterSweepSuite(const fixtures::LaunchOptions& options,
                        std::vector<fixtures::LaunchFixture*>* registered);

}  // namespace suites
