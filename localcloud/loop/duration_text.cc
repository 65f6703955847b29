#include "localcloud/loop/duration_text.h"

#include <charconv>
#include <cmath>
#include <map>
#include <stdexcept>

namespace localcloud {

std::chrono::nanoseconds ParseDuration(const std::string& text, const std::string& what) {
  static const std::map<std::string, double> kNanoseconds = {
      {"us", 1e3}, {"ms", 1e6}, {"", 1e6}, {"s", 1e9}};
  constexpr double kHour = 3600e9;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = kNanoseconds.find(std::string(end, text.data() + text.size()));
  if (error != std::errc() || unit == kNanoseconds.end() || !(number >= 0) ||
      number * unit->second > kHour) {
    throw std::runtime_error(what + ": '" + text + "' is not a duration such as 20ms, 1.5s or 0");
  }
  return std::chrono::nanoseconds(std::llround(number * unit->second));
}

}  // namespace localcloud
