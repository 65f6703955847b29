// Selects the benchmarks that a command line asks for.
#pragma once

#include <string>
#include <vector>

#include "suites/command/command_line.h"
#include "suites/run/selection.h"

namespace suites {

// Registers the suites with the library and returns the benchmarks that the filter of `line`
// matches. Skips benchmarks that cannot run on this machine or under --max_usd, and prints their
// names and the reason. Throws UsageError if no benchmark is left.
Selection Select(CommandLine line, const std::string& arm = "");

// Returns the full names of all benchmarks that the filter of `line` matches, even of those that
// cannot run here. Throws like Select().
std::vector<std::string> ListBenchmarks(const CommandLine& line);

}  // namespace suites
