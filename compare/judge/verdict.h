// The word for a difference.
#pragma once

#include <optional>
#include <string_view>

#include "compare/statistics/shift.h"

namespace launch_compare {
enum class Verdict {
  kSlower,
  kSame,
  kFaster,
  kUndecided,
  kUnresolved,
  kPerhapsSlower,
  kPerhapsFaster,
};

// "slower", "same", "faster", "undecided", "unresolved", "slower, perhaps by less than the margin",
// "faster, perhaps by less than the margin".
std::string_view Name(Verdict verdict);
std::string_view ShortName(Verdict verdict);  // the last two as "slower?" and "faster?"

// Where the shift of the events lies, given that the marks of both sides lie where their runs say
// they can (samples.h). Contains the estimate's interval.
struct ShiftBounds {
  double lower = 0;
  double upper = 0;
};

// The bounds and the margin (>= 0) in one unit. The larger value is the worse.
//   same        the bounds lie inside +-margin;
//   slower      they lie entirely above +margin;
//   faster      entirely below -margin;
//   slower, perhaps by less than the margin: entirely above 0; faster likewise;
//   unresolved  none of these, but the interval alone would be one: what forbids a word is the
//               resolution of the instruments, and more samples would not help;
//   undecided   else, and wherever the samples are too few for the interval to reach its
//               confidence.
Verdict Decide(const ShiftEstimate& estimate, const ShiftBounds& bounds, double margin);

// The smallest true difference that samples spread and marks bounded like these would have shown as
// slower or faster: the margin and the longer arm of the bounds. Unset where they have no finite
// arms, or too few samples for their confidence.
std::optional<double> SmallestDetectable(const ShiftEstimate& estimate, const ShiftBounds& bounds,
                                         double margin);

}  // namespace launch_compare
