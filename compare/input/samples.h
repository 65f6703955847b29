// The numbers a test works on, taken from the repetitions of a benchmark.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/input/run.h"

namespace launch_compare {

// The samples of one metric, sorted; failed repetitions as +infinity where `failure_ranks_slowest`,
// else left out. Empty if there are none, or only aggregates.
std::vector<double> SortedSamples(const Benchmark& benchmark, std::string_view metric,
                                  bool failure_ranks_slowest);

// The phases of a launch benchmark, in order, without _ms; empty for other programs. Of the first
// label.
const std::vector<std::string>& PhasesOf(const Benchmark& benchmark);

// What a metric can have been: its marks were found by polling, and the event lies at most
// <mark>_resolution_ms before each. All three are sorted; where the run states no resolution they
// are the same.
struct BoundedSamples {
  std::vector<double> stamped;  // as SortedSamples
  std::vector<double> least;    // the mark that ends it as early as it can lie; never below 0
  std::vector<double> most;     // the mark that starts it as early as it can lie
};
BoundedSamples SamplesWithBounds(const Benchmark& benchmark, std::string_view metric,
                                 bool failure_ranks_slowest);

// Metrics in the order to show them: real_time, cpu_time, phases, then the rest by name. cpu_time
// is left out under manual timing, where it is the harness's own.
std::vector<std::string> MetricOrder(const std::vector<const Benchmark*>& benchmarks);

// "repetition 3: phases make 25600 ms, real_time is 25655 ms" for each launch whose phases do not
// add up.
std::vector<std::string> PhaseErrors(const Benchmark& benchmark);

}  // namespace launch_compare
