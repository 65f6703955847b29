// Suggestions for misspelt names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace launch_compare {

// Returns the one of `names` that is the fewest edits away from `name` (insert, delete, replace,
// swap of neighbours). Returns "" if all need more edits than half of the letters of `name`.
std::string NearestName(std::string_view name, const std::vector<std::string>& names);

// Returns ": did you mean Cold?", or "" for an empty name.
std::string Suggestion(const std::string& nearest);

}  // namespace launch_compare
