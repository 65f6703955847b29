// What each fleet optimization changed, and whether that was on the critical path.
#pragma once

#include <iosfwd>
#include <span>

#include "fixtures/launch/sample.h"
#include "suites/report/console_style.h"

namespace suites {

// Prints, for the fastest launch of each Fleet/<variant> among `samples`: what changed in the
// graph, the measured times of its steps with their slack, and its critical path. Adds the
// baseline's critical path if the baseline ran too. Prints nothing if there are no fleets.
void PrintFleetReport(std::ostream& out, std::span<const fixtures::Sample> samples,
                      const ConsoleStyle& style);

}  // namespace suites
