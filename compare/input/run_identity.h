// Whether two runs are one and the same.
#pragma once

#include <string>
#include <vector>

#include "compare/input/run.h"

namespace launch_compare {

// By the file they lie in (however its path is spelt), its content, or the run_id in the context.
bool IsSameRun(const BenchmarkRun& a, const BenchmarkRun& b);

// A run counts once. Returns true iff both sides are one run, the same; throws InputError, which
// names both files, where a side has a run twice, or where one of several stands on both sides.
bool IsItself(const std::vector<BenchmarkRun>& baseline,
              const std::vector<BenchmarkRun>& candidate);

}  // namespace launch_compare
