// The answer: what each technique takes, and what it costs.
#pragma once

#include <iosfwd>
#include <span>

#include "suites/report/console_style.h"
#include "suites/report/technique_results.h"

namespace suites {

// A row a technique, in the order of `results`: median and p90 of the total, what a launch costs
// and what a month of waiting costs, and how many launches succeeded. Wide consoles get minimum and
// maximum, too.
void PrintAnswer(std::ostream& out, std::span<const TechniqueResult> results, bool modelled,
                 const ConsoleStyle& style);

}  // namespace suites
