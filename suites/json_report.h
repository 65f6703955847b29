// The JSON file (and --benchmark_format=json): the library's own format, always valid JSON.
#pragma once

#include <benchmark/benchmark.h>

#include <vector>

namespace suites {

// The library writes bare NaN for what it cannot compute, such as the _cv of a counter that is 0
// everywhere (no JSON parser takes that): such aggregate counters are left out. So are repetitions
// that an interrupt kept from being measured.
class JsonReport : public benchmark::JSONReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override;
};

// The error message of a repetition that was interrupted: not a result, and in no report.
inline constexpr char kInterruptedMessage[] = "interrupted";

}  // namespace suites
