// Text that others wrote (names, labels, messages, contexts, paths) on its way to a reader.
#pragma once

#include <string>
#include <string_view>

#include "compare/judge/comparison.h"
#include "compare/judge/gate.h"
#include "compare/judge/summary.h"

namespace launch_compare {

// `text` as part of one line that does nothing to the terminal that shows it. Control characters
// (C0, DEL, C1), line separators, characters that reorder or hide text, and bytes that are not
// UTF-8 appear as escapes: \x1b, \u202e. What is longer than kLongestText bytes is cut and ends
// with "…".
std::string Printable(std::string_view text);

// More than any message of our own takes.
inline constexpr std::size_t kLongestText = 2000;

// The same with all of its texts printable.
Comparison Printable(Comparison comparison);
GateResult Printable(GateResult gate);
Summary Printable(Summary table);

}  // namespace launch_compare
