// The phases that make up a technique's total.
#pragma once

#include <iosfwd>
#include <span>

#include "suites/report/console_style.h"
#include "suites/report/technique_results.h"

namespace suites {

// Prints one block per technique, with one row per phase: median, minimum and maximum. If the end
// of a phase was found by polling, the row also shows how much earlier the phase may have ended.
// Wide consoles also show percentiles. Skips techniques without a successful launch.
void PrintPhases(std::ostream& out, std::span<const TechniqueResult> results,
                 const ConsoleStyle& style);

}  // namespace suites
