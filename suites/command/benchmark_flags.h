// Google Benchmark's own flags, checked before the library sees them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "suites/command/command_line.h"

namespace suites {

// Google Benchmark keeps eight bytes for each repetition of each benchmark from the start. So many
// launches of one benchmark take days.
inline constexpr int kMostRepetitions = 100'000;

struct BenchmarkFlag {
  std::string_view name;   // without the dashes
  std::string_view value;  // for --help: "REGEX"
  std::string_view group;  // of --help
  std::string_view help;   // empty: --help does not show it
};

// All that the library knows.
std::span<const BenchmarkFlag> BenchmarkFlags();

// Whether the library knows a flag of this name.
bool IsBenchmarkFlag(std::string_view argument);

// "REGEX" of --benchmark_filter: what has to stand behind '='. Empty if a value is not needed.
std::string ValueNeededBy(std::string_view argument);

// Notes what launch_bench has to know of it, and keeps it for the library. Throws UsageError.
void ReadBenchmarkFlag(const std::string& argument, CommandLine& line);

}  // namespace suites
