#include "suites/report/console_style.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ostream>
#include <sstream>

#include "aws/printable.h"
#include "suites/command/wrap_text.h"
#include "suites/report/progress_line.h"

namespace suites {
namespace {

constexpr std::size_t kLeastWidth = 20;  // a narrower window shows nothing useful

const char* ColourOf(Emphasis emphasis) {
  switch (emphasis) {
    case Emphasis::kHeading:
      return "\033[1m";
    case Emphasis::kWarning:
      return "\033[33m";
    case Emphasis::kFailure:
      return "\033[31m";
    case Emphasis::kNone:
      break;
  }
  return "";
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Reads a yes-or-no flag as Google Benchmark does.
bool IsYes(const std::string& when) {
  if (when.size() == 1)
    return when != "0" && when != "f" && when != "n" && when != "F" && when != "N";
  std::string lower = when;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower != "false" && lower != "no" && lower != "off";
}

bool WantsColour(const std::string& when) {
  if (when != "auto") return IsYes(when);
  return isatty(STDOUT_FILENO) == 1 && Environment("NO_COLOR").empty() &&
         Environment("TERM") != "dumb" && !Environment("TERM").empty();
}

}  // namespace

void ConsoleStyle::Print(std::ostream& out, std::string_view text, Emphasis emphasis) const {
  const ProgressPause pause;
  text = text.substr(0, text.find_last_not_of(' ') + 1);
  const bool coloured = colour && emphasis != Emphasis::kNone;
  // The colour codes stay outside Printable(), which would escape them.
  out << (coloured ? ColourOf(emphasis) : "") << aws::Printable(text) << (coloured ? "\033[0m" : "")
      << '\n';
}

void ConsoleStyle::PrintWrapped(std::ostream& out, std::string_view text, Emphasis emphasis,
                                std::size_t indent) const {
  const std::size_t leading = std::min(text.find_first_not_of(' '), text.size());
  const std::string words = aws::Printable(text.substr(leading));
  std::istringstream lines(std::string(leading, ' ') +
                           Wrap(words, width - std::min(width, std::max(leading, indent)), indent));
  for (std::string line; std::getline(lines, line);) Print(out, line, emphasis);
}

ConsoleStyle StyleOfOutput(const std::string& when) {
  ConsoleStyle style;
  style.colour = WantsColour(when);
  winsize size{};
  if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    style.width = std::max<std::size_t>(size.ws_col, kLeastWidth);
  return style;
}

}  // namespace suites
