// Formats numbers for people.
#pragma once

#include <string>

#include "compare/input/metric_kind.h"

namespace launch_compare {

// Returns "25.81 s", "1.432 ms", "0.0021 USD", "4.0%" (a share) or "7". Four significant digits; a
// time's unit depends on its size. Returns "failed" for +infinity (the median of mostly failed
// launches), and "-" for NaN.
std::string FormatValue(double value, MetricUnit unit);

// As FormatValue, but always with a sign: "+0.41 s".
std::string FormatShift(double value, MetricUnit unit);

// Returns "[+0.12 s, +0.70 s]".
std::string FormatInterval(double lower, double upper, MetricUnit unit);

// Returns "0.0079" or "<0.0001".
std::string FormatP(double p_value);

// Returns "+0.46", or "-" for NaN.
std::string FormatEffect(double cliffs_delta);

// Returns "[+1.2%, +7.0%]", or "-" if the reference is zero or not finite.
std::string FormatRelativeInterval(double lower, double upper, double reference);

// Returns "+12%" or "-0.4%", or "-" if the change is not finite, or the reference is zero or not
// finite.
std::string FormatRelative(double change, double reference);

}  // namespace launch_compare
