// The benchmarks that one arm of a run measures.
#pragma once

#include <string>
#include <vector>

#include "fixtures/launch/launch_fixture.h"
#include "suites/command/command_line.h"
#include "suites/harness/matched_fixtures.h"

namespace suites {

// A run has one arm. With --interleave it has two arms, whose launches alternate. Each arm creates
// and removes its own resources, and writes its own files.
struct Selection {
  CommandLine line;
  std::vector<MatchedFixture> matched;  // in the library's order; the library owns the fixtures
  std::string arm;                      // "A" or "B"; empty if the run has one arm

  std::vector<fixtures::LaunchFixture*> fixtures() const {
    std::vector<fixtures::LaunchFixture*> all;
    for (const MatchedFixture& one : matched) all.push_back(one.fixture);
    return all;
  }
};

}  // namespace suites
