// launch_bench's own flags: name, group, meaning, and where the value goes.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "suites/command/command_line.h"
#include "suites/command/raw_flags.h"

namespace suites {

// The parser fills `line` and `raw`, which outlive it. Google Benchmark's flags are in it for
// --help and for suggestions only: they are never parsed here.
std::unique_ptr<CLI::App> DefineFlags(CommandLine& line, RawFlags& raw);

}  // namespace suites
