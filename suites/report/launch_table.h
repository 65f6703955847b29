// The launches one by one.
#pragma once

#include <iosfwd>
#include <span>

#include "suites/report/console_style.h"
#include "suites/report/technique_results.h"

namespace suites {

// Prints one block per technique, with one column per launch (in the order in which they ended) and
// one row per phase. Shows as many launches side by side as the console has room for.
void PrintLaunches(std::ostream& out, std::span<const TechniqueResult> results,
                   const ConsoleStyle& style);

// Prints for each failed launch how far it got, why it failed, and what to check. Prints nothing if
// none failed.
void PrintFailures(std::ostream& out, std::span<const TechniqueResult> results,
                   const ConsoleStyle& style);

}  // namespace suites
