// What the console can show: how wide it is, and whether in colours.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

namespace suites {

// If nobody says how wide the console is. Tables are never narrower.
inline constexpr std::size_t kPlainWidth = 80;
// From here on, tables have more columns.
inline constexpr std::size_t kWideWidth = 104;

enum class Emphasis { kNone, kHeading, kWarning, kFailure };

struct ConsoleStyle {
  std::size_t width = kPlainWidth;
  bool colour = false;

  bool wide() const { return width >= kWideWidth; }

  // A line of `text`, made printable (message.h).
  void Print(std::ostream& out, std::string_view text, Emphasis emphasis = Emphasis::kNone) const;
  // The same as several lines that fit the width; each after the first is indented, the first as
  // `text` is.
  void PrintWrapped(std::ostream& out, std::string_view text, Emphasis emphasis = Emphasis::kNone,
                    std::size_t indent = 0) const;
};

// Of standard output. `when`: --benchmark_color. "auto" is: on a terminal that is not dumb, unless
// NO_COLOR (no-color.org) is set. A file or pipe has kPlainWidth columns.
ConsoleStyle StyleOfOutput(const std::string& when);

}  // namespace suites
