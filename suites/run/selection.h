// What one arm of a run measures.
#pragma once

#include <string>
#include <vector>

#include "fixtures/launch/launch_fixture.h"
#include "suites/command/command_line.h"
#include "suites/harness/matched_fixtures.h"

namespace suites {

// A run has one arm. With --interleave it has two, whose launches alternate; each makes and removes
// what it needs by itself, and writes files of its own.
struct Selection {
  CommandLine line;
  std::vector<MatchedFixture> matched;  // in the library's order; the library owns the fixtures
  std::string arm;                      // "A" or "B"; empty: the only one

  std::vector<fixtures::LaunchFixture*> fixtures() const {
    std::vector<fixtures::LaunchFixture*> all;
    for (const MatchedFixture& one : matched) all.push_back(one.fixture);
    return all;
  }
};

}  // namespace suites
