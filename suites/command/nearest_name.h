// "Did you mean ...?" for unknown names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace suites {

// Returns how many letters must be inserted, removed, replaced or swapped with their neighbour to
// turn `a` into `b`. Ignores case.
int EditDistance(std::string_view a, std::string_view b);

// Returns the one of `names` that `word` probably means: the nearest, if at most a third of its
// letters are wrong, otherwise the first that ends with "_<word>". Returns an empty text if there
// is none.
std::string NearestName(std::string_view word, const std::vector<std::string>& names);

// Returns "; did you mean --region?", or "" if no name is near. The suggestion is `prefix` and the
// name.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& names,
                       std::string_view prefix = "");

}  // namespace suites
