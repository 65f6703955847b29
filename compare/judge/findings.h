// What a run says, derived from its numbers by stated rules.
#pragma once

#include <string>
#include <vector>

#include "compare/input/run.h"
#include "compare/judge/policy.h"

namespace launch_compare {

struct NamedBenchmark {
  std::string name;  // library suffixes hidden
  const Benchmark* benchmark = nullptr;
};

// Sentences, each with the numbers and the test behind its words:
//   - which phase dominates a technique (more than half of the total in every launch), or is the
//   largest;
//   - for each sweep (EbsSize, InstanceType, AvailabilityZone, Region, Burst, Fleet), whether the
//   factor matters: yes when the
//     Kruskal-Wallis p-value, Holm-adjusted over the sweeps, is below alpha; "makes no difference"
//     when every pair's interval lies inside the margin; undecided else;
//   - what each technique saves against Cold, with interval and verdict, and what it costs.
std::vector<std::string> Findings(const std::vector<NamedBenchmark>& benchmarks, Margin margin,
                                  double alpha);

}  // namespace launch_compare
