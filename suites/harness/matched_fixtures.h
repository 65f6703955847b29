// Which fixtures the library's filter matches, and by which names the library knows them.
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
// `arguments`: --benchmark_ flags after the program's name; the library keeps them.
// Requires: nothing was registered with the library after `registered`. Throws UsageError if the
// library refuses a flag or the filter.
std::vector<MatchedFixture> MatchFixtures(const std::vector<std::string>& arguments,
                                          const std::vector<fixtures::LaunchFixture*>& registered);

// The two arms of --interleave have benchmarks of the same names. This puts ArmPrefix(arm) before
// those of `registered`, so that the library tells the arms apart. No effect if `arm` is empty.
void NameArm(const std::string& arm, const std::vector<fixtures::LaunchFixture*>& registered);

// Returns "A: " of arm "A", and "" if there is one arm only.
std::string ArmPrefix(const std::string& arm);

}  // namespace suites
