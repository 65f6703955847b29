// The word for a difference.
#pragma once

#include <optional>
#include <string_view>

#include "compare/shift.h"

namespace launch_compare {

enum class Verdict { kSlower, kSame, kFaster, kUndecided };

std::string_view Name(Verdict verdict);  // "slower", "same", "faster", "undecided"

// With the interval of the shift, the margin (>= 0) and what the instruments could resolve (>= 0),
// all in one unit:
//   same       the interval lies inside +-max(margin, resolution). First, because what lies below
//   the resolution of
//              the instrument is nothing it can speak of;
//   slower     it lies entirely above +margin;
//   faster     it lies entirely below -margin;
//   undecided  else, and wherever the samples are too few for the interval to reach its confidence.
Verdict Decide(const ShiftEstimate& estimate, double margin, double resolution);

// The smallest true difference that samples spread like these would have shown as slower or faster:
// the margin and the interval's longer arm. Unset where the interval has no finite arms, or too few
// samples for its confidence.
std::optional<double> SmallestDetectable(const ShiftEstimate& estimate, double margin,
                                         double resolution);

}  // namespace launch_compare
