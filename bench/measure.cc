#include "bench/measure.h"

#include <cstdlib>
#include <new>

namespace bench {

CountedRuns::CountedRuns()
    : instructions_before_(instructions_.Read()),
      system_calls_before_(system_calls_.Read()),
      allocations_before_(AllocationsSoFar()) {}

void CountedRuns::Report(int runs, benchmark::State* state) const {
  const Allocations allocations = AllocationsSoFar();
  const auto system_calls = system_calls_.Read();
  const auto instructions = instructions_.Read();
  const auto set = [&](const char* name, std::int64_t count) {
    state->counters[name] = static_cast<double>(count) / runs;
  };
  set("allocations", allocations.count - allocations_before_.count);
  set("allocated_bytes", allocations.bytes - allocations_before_.bytes);
  if (instructions && instructions_before_)
    set("instructions", *instructions - *instructions_before_);
  // The last read of the counter has counted itself.
  if (system_calls && system_calls_before_)
    set("syscalls", *system_calls - *system_calls_before_ - 1);
}

void AllocateIfPlanted() {
  static const bool planted = std::getenv("LAUNCH_BENCH_PLANT_ALLOCATION") != nullptr;
  // The functions, because a compiler may leave out a new expression whose result is not used.
  if (planted) ::operator delete(::operator new(1));
}

}  // namespace bench
