// From the command line to the benchmarks that it selects.
#pragma once

#include <string>
#include <vector>

#include "suites/command/command_line.h"
#include "suites/run/selection.h"

namespace suites {

// Registers the suites for `line` with the library, and matches them. Benchmarks that cannot run on
// this machine, or under --max_usd, are left out, with a line that names them and the reason.
// Throws UsageError if nothing is left.
Selection Select(CommandLine line, const std::string& arm = "");

// The full names of all benchmarks that the filter of `line` matches, whether or not they can run
// here. Throws as Select().
std::vector<std::string> ListBenchmarks(const CommandLine& line);

}  // namespace suites
