#include "localcloud/loop/wildcard.h"

#include <cstddef>

namespace localcloud {

bool MatchesWildcard(std::string_view pattern, std::string_view text) {
  // Greedy matching that backtracks only to the last '*': linear in practice, no recursion.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    const std::size_t at = escaped ? p + 1 : p;
    if (p < pattern.size() && ((!escaped && pattern[p] == '?') || pattern[at] == text[t])) {
      p = at + 1;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace localcloud
