// Makes text from others (files, flags, requests, guests) safe to print on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace localcloud {

// Returns `text` as part of a single line that cannot control the terminal that shows it. Control
// characters (C0, DEL, C1), line separators, characters that reorder or hide text, and bytes that
// are not UTF-8 become escapes: \x1b, \u202e. Text longer than kLongestText bytes is cut and ends
// with "…".
std::string Printable(std::string_view text);

// In bytes. None of localcloud's own messages is that long.
inline constexpr std::size_t kLongestText = 2000;

}  // namespace localcloud
