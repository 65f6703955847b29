#include "compare/input/pattern.h"

#include <fmt/format.h>
#include <regex.h>

#include <array>

#include "compare/input/input_error.h"

namespace launch_compare {

struct Pattern::Compiled {
  explicit Compiled(const std::string& expression)
      : error(regcomp(&regex, expression.c_str(), REG_EXTENDED)) {}
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (error == 0) regfree(&regex);
  }

  regex_t regex{};
  int error;
};

Pattern::Pattern(const std::string& expression, const std::string& where) {
  auto compiled = std::make_shared<const Compiled>(expression);
  if (compiled->error != 0) {
    std::array<char, 256> reason{};
    regerror(compiled->error, &compiled->regex, reason.data(), reason.size());
    throw InputError(
        fmt::format("{}: {} is no regular expression: {}", where, expression, reason.data()));
  }
  compiled_ = std::move(compiled);
}

std::optional<std::pair<std::size_t, std::size_t>> Pattern::Find(const std::string& text) const {
  regmatch_t match{};
  if (regexec(&compiled_->regex, text.c_str(), 1, &match, 0) != 0) return std::nullopt;
  return std::pair(static_cast<std::size_t>(match.rm_so), static_cast<std::size_t>(match.rm_eo));
}

// POSIX finds the longest of the leftmost matches. So the expression matches the whole text exactly
// if the first match is the whole text.
bool Pattern::MatchesWhole(const std::string& text) const {
  return Find(text) == std::pair(std::size_t{0}, text.size());
}

}  // namespace launch_compare
