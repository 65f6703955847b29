// The phases that a technique's total consists of.
#pragma once

#include <iosfwd>
#include <span>

#include "suites/report/console_style.h"
#include "suites/report/technique_results.h"

namespace suites {

// A block a technique, a row a phase: median, minimum, maximum, and for a phase whose end was found
// by polling how much earlier that may have been. Wide consoles get percentiles, too. Techniques
// without a launch that succeeded are skipped.
void PrintPhases(std::ostream& out, std::span<const TechniqueResult> results,
                 const ConsoleStyle& style);

}  // namespace suites
