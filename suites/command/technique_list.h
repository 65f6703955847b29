// The techniques, one line each: for --help, and for suggestions if a name is misspelt.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace suites {

struct Technique {
  std::string_view name;  // "Cold"; for a family "Burst/<n>"
  std::string_view what;
};

std::span<const Technique> Techniques();

// Returns "; did you mean --benchmark_filter=Cold?" with the filter that is probably meant, or ""
// if none is near. In that filter, misspelt words are replaced by names of techniques or families,
// fleets included. `registered` are the full names of the techniques. Set `some_match` if the
// filter selects something; then a word that is part of a name is not misspelt.
std::string SuggestFilter(const std::string& filter, const std::vector<std::string>& registered,
                          bool some_match = false);

}  // namespace suites
