// What the console can show: its width, and colours or not.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

namespace suites {

// The width if the console's own is not known. Tables are never narrower.
inline constexpr std::size_t kPlainWidth = 80;
// From this width on, tables have more columns.
inline constexpr std::size_t kWideWidth = 104;

enum class Emphasis { kNone, kHeading, kWarning, kFailure };

struct ConsoleStyle {
  std::size_t width = kPlainWidth;
  bool colour = false;

  bool wide() const { return width >= kWideWidth; }

  // Prints `text`, made printable, as one line (message.h).
  void Print(std::ostream& out, std::string_view text, Emphasis emphasis = Emphasis::kNone) const;
  // Prints `text` as lines that fit the width. The first line keeps the indent of `text`; the
  // others are indented by `indent` spaces.
  void PrintWrapped(std::ostream& out, std::string_view text, Emphasis emphasis = Emphasis::kNone,
                    std::size_t indent = 0) const;
};

// Returns the style of standard output. `when` is --benchmark_color; "auto" means colours on a
// terminal that is not dumb, unless NO_COLOR (no-color.org) is set. A file or a pipe has
// kPlainWidth columns.
ConsoleStyle StyleOfOutput(const std::string& when);

}  // namespace suites
