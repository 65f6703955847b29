// Takes the samples for the tests from the repetitions of a benchmark.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compare/input/run.h"

namespace launch_compare {

// Returns the samples of one metric, sorted. Failed repetitions are +infinity if
// `failure_ranks_slowest` is set, else they are left out. Returns none if the benchmark has only
// aggregates.
std::vector<double> SortedSamples(const Benchmark& benchmark, std::string_view metric,
                                  bool failure_ranks_slowest);

// Returns the phases of a launch benchmark, in order, without _ms, from its first label that has
// phases. Returns none for other programs.
const std::vector<std::string>& PhasesOf(const Benchmark& benchmark);

// The samples of a metric with their error bounds. Marks are found by polling: the event lies at
// most <mark>_resolution_ms before its mark. Each vector is sorted by itself. All three are the
// same if the run states no resolutions.
struct BoundedSamples {
  std::vector<double> stamped;  // as SortedSamples
  std::vector<double> least;    // if the mark at the end is as early as possible; at least 0
  std::vector<double> most;     // if the mark at the start is as early as possible
};
BoundedSamples SamplesWithBounds(const Benchmark& benchmark, std::string_view metric,
                                 bool failure_ranks_slowest);

// Returns the differences candidate - baseline of real_time, for the repetitions (by the counter of
// that name) in which both were measured; at most `most_pairs`. Here `least` and `most` are the
// smallest and the largest that the error bounds of both marks allow. Returns none if a file does
// not number its repetitions.
BoundedSamples PairedDifferences(const Benchmark& baseline, const Benchmark& candidate,
                                 std::size_t most_pairs);

// Returns the metrics in the order in which they are shown: real_time, cpu_time, phases, then the
// rest by name. What guests told of their boot stands together, in the order of a boot. Without
// cpu_time for benchmarks with manual timing, because it is then the time of the harness.
std::vector<std::string> MetricOrder(const std::vector<const Benchmark*>& benchmarks);

// Returns one line for each launch whose phases do not add up: "repetition 3: phases make 25600 ms,
// real_time is 25655 ms".
std::vector<std::string> PhaseErrors(const Benchmark& benchmark);

}  // namespace launch_compare
