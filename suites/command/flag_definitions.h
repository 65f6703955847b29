// launch_bench's own flags: name, group, help text, and the variable that gets the value.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "suites/command/command_line.h"
#include "suites/command/raw_flags.h"

namespace suites {

// Returns a parser that fills `line` and `raw`. Both must outlive it. Google Benchmark's flags are
// included for --help and for suggestions only; this parser never reads them.
std::unique_ptr<CLI::App> DefineFlags(CommandLine& line, RawFlags& raw);

}  // namespace suites
