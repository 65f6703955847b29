#include "suites/command/nearest_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>

namespace suites {
namespace {

// Flags and names are short; a longer word is not a misspelt one.
constexpr std::size_t kLongest = 100;

bool SameLetter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

}  // namespace

// Optimal string alignment, row by row.
int EditDistance(std::string_view a, std::string_view b) {
  std::vector<int> before_last;
  std::vector<int> last(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<int> row(b.size() + 1);
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = last[j - 1] + (SameLetter(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped =
          i > 1 && j > 1 && SameLetter(a[i - 1], b[j - 2]) && SameLetter(a[i - 2], b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::move(last);
    last = std::move(row);
  }
  return last[b.size()];
}

std::string NearestName(std::string_view word, const std::vector<std::string>& names) {
  if (word.empty() || word.size() > kLongest) return "";
  std::string nearest;
  int least = std::numeric_limits<int>::max();
  for (const std::string& name : names) {
    const int distance = EditDistance(word, name);
    const auto allowed = static_cast<int>(std::max<std::size_t>(word.size() / 3, 1));
    if (distance > allowed || distance >= least) continue;
    if (distance == static_cast<int>(word.size())) continue;  // no letter in common
    least = distance;
    nearest = name;
  }
  if (!nearest.empty()) return nearest;
  const auto ends_with_it = std::ranges::find_if(
      names, [&](const std::string& name) { return name.ends_with("_" + std::string(word)); });
  return ends_with_it == names.end() ? "" : *ends_with_it;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& names,
                       std::string_view prefix) {
  const std::string nearest = NearestName(word, names);
  return nearest.empty() ? "" : fmt::format("; did you mean {}{}?", prefix, nearest);
}

}  // namespace suites
