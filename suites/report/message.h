// Lines for whoever runs the program. They quote what others wrote, so each goes through here: it
// is one line, and does nothing to the terminal (aws/printable.h).
#pragma once

#include <iosfwd>
#include <string_view>

namespace suites {

// `line`, made printable, and a line end. Thread-safe as far as `out` is.
void PrintLine(std::ostream& out, std::string_view line);

// The same on standard error. Thread-safe.
void Say(std::string_view line);

}  // namespace suites
