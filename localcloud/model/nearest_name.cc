#include "localcloud/model/nearest_name.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace localcloud {
namespace {

bool SameLetter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// Returns the Levenshtein distance: the fewest letters to insert, remove or replace.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (SameLetter(a[i - 1], b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

const std::string& NearestName(const std::vector<std::string>& names, std::string_view name) {
  return *std::min_element(names.begin(), names.end(),
                           [name](const std::string& a, const std::string& b) {
                             return Distance(name, a) < Distance(name, b);
                           });
}

}  // namespace localcloud
