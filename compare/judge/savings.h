// What each variant of something saves against its baseline, compared in pairs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "compare/judge/findings.h"
#include "compare/judge/policy.h"
#include "compare/judge/verdict.h"
#include "compare/statistics/shift.h"

namespace launch_compare {

// In milliseconds; negative: the variant is faster.
struct Saving {
  std::string variant;   // "Fleet/Spot"
  std::string baseline;  // "Fleet/Baseline"
  // Repetitions in which both were measured. If 0, there is only a replay.
  std::size_t pairs = 0;
  ShiftEstimate shift;  // of the pairs (signed_rank.h)
  Verdict verdict = Verdict::kUndecided;
  // The change that the baseline's own measurements predict for the variant: the median over its
  // repetitions. NaN if there is none.
  double replayed = kNone;
  std::string replay_assumes;  // what it takes for granted; empty if nothing
};

// Returns a saving for each benchmark whose label names another one of `benchmarks` as its
// baseline, in their order. Then those that a baseline predicts for variants that were not
// measured. The verdict ignores differences up to `margin`, relative to the baseline's median.
std::vector<Saving> Savings(const std::vector<NamedBenchmark>& benchmarks, Margin margin,
                            double alpha);

}  // namespace launch_compare
