// Whether two sides are comparable at all.
#pragma once

#include <string>
#include <vector>

#include "compare/names.h"
#include "compare/run.h"

namespace launch_compare {

// A line for each of these in which runs differ, within a side or across: cloud, modelled, region,
// instance type, image, profile, time scale, round-trip time, concurrency, connection mode. The
// list is closed: what else differs (date, host, revision) is what a comparison is for. From the
// contexts of the runs, and from the labels of the benchmarks. A value that no run states is no
// difference; one that only some state is.
std::vector<std::string> ContextDifferences(const std::vector<BenchmarkRun>& baseline,
                                            const std::vector<BenchmarkRun>& candidate,
                                            const std::vector<Pairing>& pairings);

}  // namespace launch_compare
