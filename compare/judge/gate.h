// Whether a candidate may pass.
#pragma once

#include <string>
#include <vector>

#include "compare/judge/comparison.h"
#include "compare/judge/policy.h"

namespace launch_compare {

struct GateOptions {
  double alpha = 0.05;  // of the whole family of gated comparisons (Holm)
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
  double adjusted_p = 1;    // Holm, over all tests of the family
  bool regression = false;  // slower, and adjusted_p < alpha
  std::string message;      // its line among the regressions or the undecided; empty for neither
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

// A regression is: a gated metric that is slower with an adjusted p below alpha; a benchmark
// missing from a candidate run; a share of failed launches raised by more than the policy allows
// (by anything at all, unless told); phases that do not add up to the total. These last three are
// rules, not tests.
//
// It cannot tell where both sides are one run or contexts differ (nothing else is looked at then),
// and, unless a regression stands already, where the number of samples forbids significance in this
// family, where a gated metric has no samples or lost some because they were no measurements, where
// the policy names what no file contains, and where nothing is gated. So it never passes or fails
// by design.
//
// Undecided is also what is unresolved, and what is slower but perhaps by less than the margin.
GateResult Gate(const Comparison& comparison, const Policy& policy, const GateOptions& options);

}  // namespace launch_compare
