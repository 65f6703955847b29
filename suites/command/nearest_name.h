// "Did you mean ...?" for names that nobody knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace suites {

// How many letters must be inserted, left out, replaced or swapped with their neighbour to make
// `b` of `a`. Case does not count.
int EditDistance(std::string_view a, std::string_view b);

// Returns the one of `names` that `word` probably stands for: the nearest, if at most a third of
// its letters are wrong, or else the first that ends with "_<word>". Empty if there is none.
std::string NearestName(std::string_view word, const std::vector<std::string>& names);

// "; did you mean --region?", or "" if no name is near. `prefix` is put before the name.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& names,
                       std::string_view prefix = "");

}  // namespace suites
