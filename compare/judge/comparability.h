// Finds the differences in context that make two sides incomparable.
#pragma once

#include <string>
#include <vector>

#include "compare/input/names.h"
#include "compare/input/run.h"

namespace launch_compare {

struct ContextDifference {
  std::string name;  // one of ExpectableDifferences()
  std::string line;  // for people
};

// Returns one entry for each setting in which runs differ, within a side or between the sides:
//   - cloud, modelled, virtual machines, region, instance type, image, profile, time scale,
//     round-trip time, concurrency, connection mode;
//   - if all runs are from virtual machines of a host: accelerator, version of QEMU, the host's CPU
//     and number of CPUs, image, CPUs and memory of the guests;
//   - for runs of programs other than launch_bench, also the machine and the program: host, number
//     and clock of the CPUs (the library does not name the model), clock scaling, build type of the
//     library, name of the executable.
// The list is complete. Other differences (date, revision) are the purpose of a comparison. The
// values come from the contexts of the runs and the labels of the benchmarks. In the contexts, a
// value that only some runs state counts as a difference.
std::vector<ContextDifference> ContextDifferences(const std::vector<BenchmarkRun>& baseline,
                                                  const std::vector<BenchmarkRun>& candidate,
                                                  const std::vector<Pairing>& pairings);

const std::vector<std::string>& ExpectableDifferences();

// Returns one line if the runs polled at different intervals, else "".
std::string PollIntervalWarning(const std::vector<BenchmarkRun>& baseline,
                                const std::vector<BenchmarkRun>& candidate);

}  // namespace launch_compare
