// What each fleet optimization changed, and whether that was on the critical path.
#pragma once

#include <iosfwd>
#include <span>

#include "fixtures/launch/sample.h"
#include "suites/report/console_style.h"

namespace suites {

// Prints, for one launch of each Fleet/<variant> among `samples`: what changed in the graph, the
// measured times of its steps with their slack, and its critical path. It is the fastest launch
// with the same repetition number as the baseline's fastest, if there is one. Adds the baseline's
// critical path and what replaying its graph with the variant's edit gives, if the baseline ran
// too. Prints nothing if there are no fleets.
void PrintFleetReport(std::ostream& out, std::span<const fixtures::Sample> samples,
                      const ConsoleStyle& style);

}  // namespace suites
