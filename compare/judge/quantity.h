// Numbers as people read them.
#pragma once

#include <string>

#include "compare/input/metric_kind.h"

namespace launch_compare {

// "25.81 s", "1.432 ms", "0.0021 USD", "4.0%" for a share, "7". Times choose their unit; four
// significant digits. "failed" for +infinity (a median among failed launches), "-" for NaN.
std::string FormatValue(double value, MetricUnit unit);

// The same, always with a sign: "+0.41 s".
std::string FormatShift(double value, MetricUnit unit);

// "[+0.12 s, +0.70 s]".
std::string FormatInterval(double lower, double upper, MetricUnit unit);

// "0.0079", "<0.0001".
std::string FormatP(double p_value);

// "+0.46", Cliff's delta; "-" for NaN.
std::string FormatEffect(double cliffs_delta);

// "[+1.2%, +7.0%]"; "-" where the reference is zero or not finite.
std::string FormatRelativeInterval(double lower, double upper, double reference);

// "+12%", "-0.4%"; "-" where the reference is zero or not finite.
std::string FormatRelative(double change, double reference);

}  // namespace launch_compare
