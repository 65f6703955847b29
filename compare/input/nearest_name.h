// Suggestions for misspelt names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace launch_compare {

// The one of `names` that takes the fewest edits (insert, delete, replace, swap of neighbours) to
// become; empty where all take more than half of its letters.
std::string NearestName(std::string_view name, const std::vector<std::string>& names);

// ": did you mean Cold?"; empty for an empty name.
std::string Suggestion(const std::string& nearest);

}  // namespace launch_compare
