// Recognises a run that is given twice.
#pragma once

#include <string>
#include <vector>

#include "compare/input/run.h"

namespace launch_compare {

// Returns true if both have the same file (however its path is spelt), the same content, or the
// same run_id in their context.
bool IsSameRun(const BenchmarkRun& a, const BenchmarkRun& b);

// Returns true if each side consists of one run, and both are the same run. Throws InputError,
// which names both files, if any other run is given twice: a run counts once.
bool IsItself(const std::vector<BenchmarkRun>& baseline,
              const std::vector<BenchmarkRun>& candidate);

}  // namespace launch_compare
