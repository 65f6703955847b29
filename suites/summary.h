// After the run: each technique's total and phases, with how many samples stand behind them.
#pragma once

#include <iosfwd>
#include <span>
#include <vector>

#include "fixtures/sample.h"

namespace suites {

// One quantity over the launches of one technique. Unset fields have no value that the samples
// support.
struct Statistics {
  int count = 0;
  double median = 0;
  double minimum = 0;
  double maximum = 0;
};
Statistics Describe(std::vector<double> values);  // values not empty

// A percentile is shown where at least this many samples lie beyond it: fewer say where one launch
// fell, not where the distribution ends. p90 so wants 30 samples, p99 300.
inline constexpr int kSamplesBeyondPercentile = 3;

// Prints a block a technique, in the order of first appearance.
void PrintSummary(std::ostream& out, std::span<const fixtures::Sample> samples);

}  // namespace suites
