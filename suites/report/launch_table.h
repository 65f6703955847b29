// Single launches.
#pragma once

#include <iosfwd>
#include <span>

#include "suites/report/console_style.h"
#include "suites/report/technique_results.h"

namespace suites {

// A block a technique: a column a launch, in the order in which they ended, a row a phase; as many
// launches beside each other as the console has room for.
void PrintLaunches(std::ostream& out, std::span<const TechniqueResult> results,
                   const ConsoleStyle& style);

// How far each launch that failed got, why, and what to check. Nothing if none failed.
void PrintFailures(std::ostream& out, std::span<const TechniqueResult> results,
                   const ConsoleStyle& style);

}  // namespace suites
