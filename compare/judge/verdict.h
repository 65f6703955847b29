// The verdict about a difference.
#pragma once

#include <limits>
#include <optional>
#include <string_view>

#include "compare/statistics/shift.h"

namespace launch_compare {

// A number that does not exist: the median of no samples, the statistic of a test without one.
inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

enum class Verdict {
  kSlower,
  kSame,
  kFaster,
  kUndecided,
  kUnresolved,
  kPerhapsSlower,
  kPerhapsFaster,
};

// Returns "slower", "same", "faster", "undecided", "unresolved", "slower, perhaps by less than the
// margin" or "faster, perhaps by less than the margin".
std::string_view Name(Verdict verdict);
// As Name, but the last two are "slower?" and "faster?".
std::string_view ShortName(Verdict verdict);

// Bounds of the shift between the events: the estimate's interval, widened by the error bounds of
// the marks of both sides (samples.h).
struct ShiftBounds {
  double lower = 0;
  double upper = 0;
};

// Returns the verdict. Larger values are worse. Requires: bounds and margin have the same unit;
// margin >= 0.
//   same        the bounds lie inside +-margin;
//   slower      they lie entirely above +margin;
//   faster      they lie entirely below -margin;
//   slower, perhaps by less than the margin: they lie entirely above 0; faster likewise;
//   unresolved  none of these, but the interval alone would give one of them. The resolution of the
//               measurement prevents a verdict, and more samples would not help;
//   undecided   otherwise, and also if there are too few samples for the interval to reach its
//               confidence.
Verdict Decide(const ShiftEstimate& estimate, const ShiftBounds& bounds, double margin);

// Returns the smallest true difference that samples with this spread and these error bounds would
// have shown as slower or faster: the margin plus the longer arm of the bounds. Returns nothing if
// an arm is infinite, or if there are too few samples for the confidence.
std::optional<double> SmallestDetectable(const ShiftEstimate& estimate, const ShiftBounds& bounds,
                                         double margin);

}  // namespace launch_compare
