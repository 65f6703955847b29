#include "compare/judge/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace launch_compare {
namespace {

struct Scale {
  double factor;
  const char* suffix;
};

Scale ScaleOf(double value, MetricUnit unit) {
  if (unit == MetricUnit::kUsd) return {1, " USD"};
  if (unit == MetricUnit::kPlain) return {1, ""};
  const double size = std::abs(value);
  if (size == 0 || !std::isfinite(size)) return {1, " ms"};
  if (size >= 999.95) return {1e-3, " s"};
  if (size >= 0.99995) return {1, " ms"};
  if (size >= 0.99995e-3) return {1e3, " us"};
  return {1e6, " ns"};
}

// Returns four significant digits without an exponent. Whole numbers have no decimal point.
std::string FourDigits(double value, bool with_sign) {
  if (value == std::round(value) && std::abs(value) < 1e6) {
    return with_sign ? fmt::format("{:+.0f}", value) : fmt::format("{:.0f}", value);
  }
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
  const int decimals = std::clamp(3 - magnitude, 0, 9);
  return with_sign ? fmt::format("{:+.{}f}", value, decimals)
                   : fmt::format("{:.{}f}", value, decimals);
}

std::string Format(double value, MetricUnit unit, bool with_sign) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return with_sign ? (value > 0 ? "+inf" : "-inf") : "failed";
  if (unit == MetricUnit::kShare)
    return with_sign ? fmt::format("{:+.1f}%", 100 * value) : fmt::format("{:.1f}%", 100 * value);
  const Scale scale = ScaleOf(value, unit);
  return FourDigits(value * scale.factor, with_sign) + scale.suffix;
}

}  // namespace

std::string FormatValue(double value, MetricUnit unit) { return Format(value, unit, false); }

std::string FormatShift(double value, MetricUnit unit) { return Format(value, unit, true); }

std::string FormatInterval(double lower, double upper, MetricUnit unit) {
  return fmt::format("[{}, {}]", FormatShift(lower, unit), FormatShift(upper, unit));
}

std::string FormatP(double p_value) {
  return p_value < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", p_value);
}

std::string FormatEffect(double cliffs_delta) {
  return std::isnan(cliffs_delta) ? "-" : fmt::format("{:+.2f}", cliffs_delta);
}

std::string FormatRelativeInterval(double lower, double upper, double reference) {
  if (!std::isfinite(reference) || reference == 0) return "-";
  const auto end = [reference](double value) {
    return std::isfinite(value) ? FormatRelative(value, reference) : value < 0 ? "-inf" : "+inf";
  };
  return fmt::format("[{}, {}]", end(lower), end(upper));
}

std::string FormatRelative(double change, double reference) {
  if (!std::isfinite(change) || !std::isfinite(reference) || reference == 0) return "-";
  const double percent = 100 * change / std::abs(reference);
  const std::string text = fmt::format("{:+.{}f}%", percent, std::abs(percent) < 9.95 ? 1 : 0);
  return text == "-0.0%" ? "+0.0%" : text;
}

}  // namespace launch_compare
