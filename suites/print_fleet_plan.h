// ./launch_bench --print_fleet_plan=VARIANT
#pragma once

#include "suites/command/command_line.h"

namespace suites {

// Prints the graph of a fleet's steps as Graphviz text. Throws UsageError if there is no such
// variant.
void PrintFleetPlan(const CommandLine& line);

}  // namespace suites
