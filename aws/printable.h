// Makes foreign text (from AWS, endpoints, machines, tags, files, other programs) safe to print on
// a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aws {

// Returns `text` as part of one line that cannot control the terminal. Control characters (C0, DEL,
// C1), line separators, characters that reorder or hide text, and bytes that are not UTF-8 become
// escapes: \x1b, \u202e. Text of more than kLongestText bytes is cut and ends with "…".
std::string Printable(std::string_view text);

// Longer than any message of our own.
inline constexpr std::size_t kLongestText = 2000;

}  // namespace aws
