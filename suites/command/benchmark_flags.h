// Google Benchmark's own flags, checked before the library sees them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "suites/command/command_line.h"

namespace suites {

// The limit of --benchmark_repetitions. Google Benchmark allocates eight bytes per repetition of
// each benchmark at the start. This many launches of one benchmark would take days.
inline constexpr int kMostRepetitions = 100'000;

struct BenchmarkFlag {
  std::string_view name;   // without the dashes
  std::string_view value;  // as --help shows it: "REGEX"
  std::string_view group;  // the group of --help that lists it
  std::string_view help;   // if empty, --help does not show the flag
};

// Returns all flags that the library has.
std::span<const BenchmarkFlag> BenchmarkFlags();

// Returns true if `argument` is a flag of the library (--name or --name=value).
bool IsBenchmarkFlag(std::string_view argument);

// Returns how --help shows the value that a flag requires: "REGEX" for --benchmark_filter. Returns
// an empty text if the flag does not require a value.
std::string ValueNeededBy(std::string_view argument);

// Copies what launch_bench itself uses of the flag into `line`, and keeps the flag for the library.
// Throws UsageError if the value is not valid.
void ReadBenchmarkFlag(const std::string& argument, CommandLine& line);

}  // namespace suites
