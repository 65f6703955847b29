// Text that others wrote (files, flags, requests, guests) on its way to a
// terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace localcloud {

// `text` as part of one line that does nothing to the terminal that shows it. Control characters
// (C0, DEL, C1), line separators, characters that reorder or hide text, and bytes that are not
// UTF-8 appear as escapes: \x1b, \u202e. What is longer than kLongestText bytes is cut and ends
// with "…".
std::string Printable(std::string_view text);

// More than any message of our own takes.
inline constexpr std::size_t kLongestText = 2000;

}  // namespace localcloud
