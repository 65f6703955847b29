// How each benchmark is timed and counted.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>

#include "bench/allocations.h"
#include "bench/perf_counter.h"

namespace bench {

// Counts the runs from its construction to Report().
class CountedRuns {
 public:
  CountedRuns();

  // Sets the counters, per run: `allocations` and `allocated_bytes` (allocations.h); `instructions`
  // and `syscalls`, if the kernel permits to count them.
  void Report(int runs, benchmark::State* state) const;

 private:
  PerfCounter instructions_{PerfCounter::Event::kInstructions};
  PerfCounter system_calls_{PerfCounter::Event::kSystemCalls};
  std::optional<std::int64_t> instructions_before_;
  std::optional<std::int64_t> system_calls_before_;
  Allocations allocations_before_;  // the last: what the others allocate does not count
};

// Allocates once if the environment variable LAUNCH_BENCH_PLANT_ALLOCATION is set. With it the test
// of the gate checks that one allocation more fails the gate.
void AllocateIfPlanted();

// Times `body` as the library does. Counts it in some more runs after that, so that the counts do
// not depend on how many iterations the library chose.
template <typename Body>
void Measure(benchmark::State& state, Body body) {
  // A multiple of the two runs after which the buffers of a std::deque repeat themselves.
  constexpr int kCountedRuns = 8;
  body();  // what only the first run needs: tables of libraries, connections
  for ([[maybe_unused]] auto _ : state) body();
  const CountedRuns counted;
  for (int run = 0; run < kCountedRuns; ++run) {
    body();
    AllocateIfPlanted();
  }
  counted.Report(kCountedRuns, &state);
}

}  // namespace bench
