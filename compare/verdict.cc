#include "compare/verdict.h"

#include <algorithm>
#include <cmath>

namespace launch_compare {

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSlower:
      return "slower";
    case Verdict::kSame:
      return "same";
    case Verdict::kFaster:
      return "faster";
    case Verdict::kUndecided:
      return "undecided";
  }
  return "";
}

Verdict Decide(const ShiftEstimate& estimate, double margin, double resolution) {
  // An unknown margin (a baseline whose launches mostly failed has no median) forbids a verdict
  // too.
  if (!estimate.reaches_confidence || std::isnan(margin) || std::isinf(margin))
    return Verdict::kUndecided;
  const double nothing = std::max(margin, resolution);
  if (estimate.lower >= -nothing && estimate.upper <= nothing) return Verdict::kSame;
  if (estimate.lower > margin) return Verdict::kSlower;
  if (estimate.upper < -margin) return Verdict::kFaster;
  return Verdict::kUndecided;
}

std::optional<double> SmallestDetectable(const ShiftEstimate& estimate, double margin,
                                         double resolution) {
  const double arm = std::max(estimate.shift - estimate.lower, estimate.upper - estimate.shift);
  if (!estimate.reaches_confidence || !std::isfinite(arm) || !std::isfinite(margin))
    return std::nullopt;
  return std::max(margin, resolution) + arm;
}

}  // namespace launch_compare
