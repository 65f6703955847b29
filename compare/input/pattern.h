// A POSIX extended regular expression, as in Google Benchmark's --benchmark_filter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace launch_compare {

// Copies share the compiled expression. Thread-safe.
class Pattern {
 public:
  // Throws InputError, which starts with `where`, if the expression is invalid.
  Pattern(const std::string& expression, const std::string& where);

  // Returns the first match as [begin, end), or nothing.
  std::optional<std::pair<std::size_t, std::size_t>> Find(const std::string& text) const;
  bool MatchesWhole(const std::string& text) const;

 private:
  struct Compiled;

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace launch_compare
