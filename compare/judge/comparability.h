// Whether two sides are comparable at all.
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

// One for each of these in which runs differ, within a side or across: cloud, modelled, region,
// instance type, image, profile, time scale, round-trip time, concurrency, connection mode; and, of
// runs that no launch_bench made, the machine and the program: host, number and clock of its CPUs
// (the library names no model), clock scaling, the library's build type, the executable's name. The
// list is closed: what else differs (date, revision) is what a comparison is for. From the contexts
// of the runs, and from the labels of the benchmarks. A value that no run states is no difference;
// one that only some state is.
std::vector<ContextDifference> ContextDifferences(const std::vector<BenchmarkRun>& baseline,
                                                  const std::vector<BenchmarkRun>& candidate,
                                                  const std::vector<Pairing>& pairings);

const std::vector<std::string>& ExpectableDifferences();

// A line where the runs looked at different intervals; else empty.
std::string PollIntervalWarning(const std::vector<BenchmarkRun>& baseline,
                                const std::vector<BenchmarkRun>& candidate);

}  // namespace launch_compare
