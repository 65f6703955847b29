// Finds the fixtures that the library's filter matches, and the library's names for them.
#pragma once

#include <string>
#include <vector>

#include "fixtures/launch/launch_fixture.h"

namespace suites {

struct MatchedFixture {
  fixtures::LaunchFixture* fixture = nullptr;
  std::string name;  // the library's: "Cold/iterations:1/manual_time"
};

// Returns those of `registered` that --benchmark_filter matches, in the library's order.
// `arguments` are the program's name, then --benchmark_ flags, which the library keeps. Requires:
// no other benchmark was registered with the library after `registered`. Throws UsageError if the
// library refuses a flag or the filter.
std::vector<MatchedFixture> MatchFixtures(const std::vector<std::string>& arguments,
                                          const std::vector<fixtures::LaunchFixture*>& registered);

// Puts ArmPrefix(arm) before the names of `registered`. The two arms of --interleave have
// benchmarks of the same names, and the library must tell them apart. Has no effect if `arm` is
// empty.
void NameArm(const std::string& arm, const std::vector<fixtures::LaunchFixture*>& registered);

// Returns "A: " for arm "A", and "" if `arm` is empty.
std::string ArmPrefix(const std::string& arm);

}  // namespace suites
