// After the run: the answer, then its parts.
#pragma once

#include <iosfwd>
#include <span>

#include "fixtures/launch/sample.h"
#include "suites/report/console_style.h"

namespace suites {

struct SummaryOptions {
  bool modelled = false;
  int repetitions = 0;
  bool verbose = false;  // every launch, too
};

// Prints for each technique, the fastest first: its time and cost; its phases; then failures, and
// what the numbers do not show.
void PrintSummary(std::ostream& out, std::span<const fixtures::Sample> samples,
                  const SummaryOptions& options, const ConsoleStyle& style);

}  // namespace suites
