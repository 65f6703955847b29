// What is measured: the suites, one file each.
#pragma once

#include <string>
#include <vector>

#include "fixtures/launch/launch_fixture.h"
#include "fixtures/region/launch_options.h"

namespace suites {

// Registers every benchmark of every suite with the library, which owns them from then on. Of the
// fleets, registers only `fleet_variants`. Makes no network call.
std::vector<fixtures::LaunchFixture*> RegisterAllSuites(
    const fixtures::LaunchOptions& options, const std::vector<std::string>& fleet_variants);

// Each function registers the benchmarks of one suite and appends them to `registered`.
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
