// The answer of a run: how long each technique takes, and what it costs.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "suites/report/console_style.h"
#include "suites/report/technique_results.h"

namespace suites {

// Prints one row per technique, in the order of `results`: median and p90 of the total, the cost of
// a launch, the cost of a month of waiting, and how many launches succeeded. Wide consoles also
// show minimum and maximum. `mark` stands in the heading (SummaryOptions::mark).
void PrintAnswer(std::ostream& out, std::span<const TechniqueResult> results,
                 const std::string& mark, const ConsoleStyle& style);

}  // namespace suites
