#include "compare/judge/verdict.h"

#include <algorithm>
#include <cmath>

namespace launch_compare {
namespace {

Verdict WordFor(const ShiftBounds& bounds, double margin) {
  if (bounds.lower >= -margin && bounds.upper <= margin) return Verdict::kSame;
  if (bounds.lower > margin) return Verdict::kSlower;
  if (bounds.upper < -margin) return Verdict::kFaster;
  if (bounds.lower > 0) return Verdict::kPerhapsSlower;
  if (bounds.upper < 0) return Verdict::kPerhapsFaster;
  return Verdict::kUndecided;
}

}  // namespace

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
    case Verdict::kUnresolved:
      return "unresolved";
    case Verdict::kPerhapsSlower:
      return "slower, perhaps by less than the margin";
    case Verdict::kPerhapsFaster:
      return "faster, perhaps by less than the margin";
  }
  return "";
}

std::string_view ShortName(Verdict verdict) {
  if (verdict == Verdict::kPerhapsSlower) return "slower?";
  if (verdict == Verdict::kPerhapsFaster) return "faster?";
  return Name(verdict);
}

Verdict Decide(const ShiftEstimate& estimate, const ShiftBounds& bounds, double margin) {
  // There is no verdict without a finite margin. (If most launches of the baseline failed, it has
  // no finite median.)
  if (!estimate.reaches_confidence || !std::isfinite(margin)) return Verdict::kUndecided;
  const Verdict word = WordFor(bounds, margin);
  if (word != Verdict::kUndecided) return word;
  const Verdict unbounded = WordFor({estimate.lower, estimate.upper}, margin);
  return unbounded == Verdict::kUndecided ? Verdict::kUndecided : Verdict::kUnresolved;
}

std::optional<double> SmallestDetectable(const ShiftEstimate& estimate, const ShiftBounds& bounds,
                                         double margin) {
  const double arm = std::max(estimate.shift - bounds.lower, bounds.upper - estimate.shift);
  if (!estimate.reaches_confidence || !std::isfinite(arm) || !std::isfinite(margin))
    return std::nullopt;
  return margin + arm;
}

}  // namespace launch_compare
