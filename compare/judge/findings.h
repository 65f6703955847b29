// Statements about one run, derived from its numbers by fixed rules.
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

// Returns sentences. Each one contains its numbers and names its test:
//   - which phase dominates a technique (more than half of the total in every launch), or else
//     which phase is the largest;
//   - what guests told of their boot, in the order of a boot (medians over the launches that have
//     them);
//   - whether the factor of each sweep matters (Label::sweep; EbsSize, for example). "matters": the
//     Kruskal-Wallis p-value, Holm-adjusted over the sweeps, is below alpha. "makes no difference":
//     the interval of every pair of levels lies inside the margin. Otherwise undecided;
//   - what each technique saves against Cold, with interval and verdict, and what it costs.
std::vector<std::string> Findings(const std::vector<NamedBenchmark>& benchmarks, Margin margin,
                                  double alpha);

}  // namespace launch_compare
