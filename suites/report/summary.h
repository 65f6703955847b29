// What is printed after the run: the answer, then its parts.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "fixtures/launch/sample.h"
#include "suites/report/console_style.h"

namespace suites {

struct SummaryOptions {
  std::string mark = {};  // what marks the times in the table: "MODELLED"; empty: times of a cloud
  int repetitions = 0;
  bool verbose = false;  // also print every launch
};

// Prints the time and cost of each technique, the fastest first; then their phases; then failures,
// and what the numbers do not show.
void PrintSummary(std::ostream& out, std::span<const fixtures::Sample> samples,
                  const SummaryOptions& options, const ConsoleStyle& style);

}  // namespace suites
