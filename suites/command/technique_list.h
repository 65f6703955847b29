// The techniques, each in a line: for --help, and to suggest one for a misspelt name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace suites {

struct Technique {
  std::string_view name;  // "Cold"; of a family "Burst/<n>"
  std::string_view what;
};

std::span<const Technique> Techniques();

// "; did you mean --benchmark_filter=Cold?" if a word of `filter` is the misspelt name of a
// technique or family; else "". `registered`: full names of techniques. `some_match`: the filter
// selects something, so a word that is part of a name is right.
std::string SuggestFilter(const std::string& filter, const std::vector<std::string>& registered,
                          bool some_match = false);

}  // namespace suites
