// The gate: decides if a candidate passes.
#pragma once

#include <string>
#include <vector>

#include "compare/judge/comparison.h"
#include "compare/judge/policy.h"

namespace launch_compare {

struct GateOptions {
  double alpha = 0.05;  // for the whole family of gated comparisons (Holm)
  bool fail_on_undecided = false;
  bool across_contexts = false;  // gate although comparability.h found differences
};

enum class Outcome { kPass, kRegression, kCannotTell };  // exit codes 0, 1, 2

std::string_view Name(Outcome outcome);  // "pass", "regression", "cannot tell"

// One test of the family.
struct GatedTest {
  std::string benchmark;
  std::string metric;
  Verdict verdict = Verdict::kUndecided;
  double p_value = 1;
  double adjusted_p = 1;    // by Holm's method, over all tests of the family
  bool regression = false;  // slower, and adjusted_p < alpha
  std::string message;      // its line in `regressions` or `undecided`; empty if in neither
};

struct GateResult {
  Outcome outcome = Outcome::kPass;
  std::vector<GatedTest> tests;
  // One line each, ready to print.
  std::vector<std::string> regressions;
  std::vector<std::string> cannot_tell;
  std::vector<std::string> undecided;
  std::vector<std::string> notes;
};

// Decides the outcome.
//
// Regression, if one of these holds:
//   - a gated metric is slower, with an adjusted p below alpha;
//   - a benchmark is missing from a candidate run;
//   - the share of failed launches has risen by more than the policy allows (by default, at all);
//   - phases do not add up to the total.
// The last three are rules, not tests.
//
// Cannot tell, if both sides are the same run, or if contexts differ; nothing else is checked then.
// Also, unless there is a regression:
//   - if there are too few samples for significance in this family;
//   - if a gated metric has no samples, has only failed ones, or has values that were left out;
//   - if the policy names a benchmark or metric that no file contains;
//   - if nothing is gated.
// So a gate that cannot work neither passes nor fails.
//
// Undecided comparisons include those that are unresolved, and those that are slower but perhaps by
// less than the margin.
GateResult Gate(const Comparison& comparison, const Policy& policy, const GateOptions& options);

}  // namespace launch_compare
