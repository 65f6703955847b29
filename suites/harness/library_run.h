// One call of Google Benchmark's runner, which collects the launches of one arm.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fixtures/launch/launch_fixture.h"
#include "suites/harness/matched_fixtures.h"
#include "suites/report/console_style.h"

namespace suites {

struct HeaderLine {
  std::string text;
  Emphasis emphasis = Emphasis::kNone;
};

struct LibraryRun {
  std::vector<std::string> arguments;  // the program's name, then --benchmark_ flags
  std::string arm;                     // see NameArm(); empty if the run has one arm
  std::vector<MatchedFixture> fixtures;
  int repetitions = 1;
  std::vector<HeaderLine> header;              // shown before the first launch ends
  std::map<std::string, std::string> context;  // added to the context of the JSON
  ConsoleStyle style;
  std::string format = "console";   // --benchmark_format: for the output
  std::string out_format = "json";  // --benchmark_out_format: for the returned text
};

// Runs the library for the fixtures of `run` only. Blocks until it has collected all their launches
// from `source`. Returns the text of the results file. Throws UsageError if the library refuses a
// flag.
std::string RunLibrary(const LibraryRun& run, fixtures::LaunchSource* source);

}  // namespace suites
