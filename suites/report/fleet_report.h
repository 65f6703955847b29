// What each optimization changed, and whether it was on the path.
#pragma once

#include <iosfwd>
#include <span>

#include "fixtures/launch/sample.h"
#include "suites/report/console_style.h"

namespace suites {

// For each Fleet/<variant> among `samples`, by its fastest launch: what changed in the graph, its
// steps' measured times with their slack, its critical path, and the baseline's, where it ran too.
// Nothing where there are no fleets.
void PrintFleetReport(std::ostream& out, std::span<const fixtures::Sample> samples,
                      const ConsoleStyle& style);

}  // namespace suites
