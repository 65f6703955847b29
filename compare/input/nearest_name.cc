#include "compare/input/nearest_name.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace launch_compare {
namespace {

// Returns the optimal string alignment distance. Ignores case.
std::size_t Edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> edits(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  const auto same = [&](std::size_t i, std::size_t j) {
    return std::tolower(static_cast<unsigned char>(a[i])) ==
           std::tolower(static_cast<unsigned char>(b[j]));
  };
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        edits[i][j] = i + j;
        continue;
      }
      edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1,
                              edits[i - 1][j - 1] + (same(i - 1, j - 1) ? 0 : 1)});
      if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1))
        edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
    }
  }
  return edits[a.size()][b.size()];
}

}  // namespace

std::string NearestName(std::string_view name, const std::vector<std::string>& names) {
  std::string nearest;
  std::size_t fewest = 0;
  for (const std::string& candidate : names) {
    const std::size_t edits = Edits(name, candidate);
    if (2 * edits > std::max(candidate.size(), name.size())) continue;
    if (!nearest.empty() && edits >= fewest) continue;
    nearest = candidate;
    fewest = edits;
  }
  return nearest;
}

std::string Suggestion(const std::string& nearest) {
  return nearest.empty() ? "" : ": did you mean " + nearest + "?";
}

}  // namespace launch_compare
