// Prints lines for the user. They may quote text from other programs, so each line is made
// printable first: it stays one line and cannot control the terminal (aws/printable.h).
#pragma once

#include <iosfwd>
#include <string_view>

namespace suites {

// Prints `line`, made printable, and a line end. Thread-safe if `out` is.
void PrintLine(std::ostream& out, std::string_view line);

// Prints `line` in the same way on standard error. Thread-safe.
void Say(std::string_view line);

}  // namespace suites
