// Makes foreign text (names, labels, messages, contexts, paths) safe to print.
#pragma once

#include <string>
#include <string_view>

#include "compare/judge/comparison.h"
#include "compare/judge/gate.h"
#include "compare/judge/summary.h"

namespace launch_compare {

// Returns `text` as part of one line that cannot control the terminal. Control characters (C0, DEL,
// C1), line separators, characters that reorder or hide text, and bytes that are not UTF-8 become
// escapes: \x1b, \u202e. Text of more than kLongestText bytes is cut and ends with "…".
std::string Printable(std::string_view text);

// Longer than any message of our own.
inline constexpr std::size_t kLongestText = 2000;

// Return a copy in which all texts are printable.
Comparison Printable(Comparison comparison);
GateResult Printable(GateResult gate);
Summary Printable(Summary table);

}  // namespace launch_compare
