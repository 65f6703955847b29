// WHAT is measured: the suites, each a file of its own.
#pragma once

#include <vector>

#include "fixtures/launch_fixture.h"
#include "fixtures/launch_options.h"

namespace suites {

// Which of the fleet's benchmarks are there: some need programs that this machine may not have.
enum class Fleets { kNone, kWithoutTerraform, kAll };

// Registers every benchmark of every suite with the library, which owns them from then on. Makes no
// network call.
std::vector<fixtures::LaunchFixture*> RegisterAllSuites(const fixtures::LaunchOptions& options,
                                                        Fleets fleets);

// Each registers its own and appends them to `registered`.
void RegisterBaselineSuite(std::vector<fixtures::LaunchFixture*>* registered);
void RegisterWarmPoolSuite(std::vector<fixtures::LaunchFixture*>* registered);
void RegisterInstrumentSuite(std::vector<fixtures::LaunchFixture*>* registered);
void RegisterImageSuite(std::vector<fixtures::LaunchFixture*>* registered);
void RegisterStudySuite(const fixtures::LaunchOptions& options,
                        std::vector<fixtures::LaunchFixture*>* registered);
void RegisterBurstSuite(const fixtures::LaunchOptions& options,
                        std::vector<fixtures::LaunchFixture*>* registered);
void RegisterFleetSuite(const fixtures::LaunchOptions& options, bool with_terraform,
                        std::vector<fixtures::LaunchFixture*>* registered);
void RegisterSweepSuite(const fixtures::LaunchOptions& options,
                        std::vector<fixtures::LaunchFixture*>* registered);

}  // namespace suites
