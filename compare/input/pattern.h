// A POSIX extended regular expression, as Google Benchmark's own --benchmark_filter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace launch_compare {

// A value; copies share the compiled expression. Safe to use from several threads.
class Pattern {
 public:
  // Throws InputError, which starts with `where`.
  Pattern(const std::string& expression, const std::string& where);

  // The first match as [begin, end), unset if there is none.
  std::optional<std::pair<std::size_t, std::size_t>> Find(const std::string& text) const;
  bool MatchesWhole(const std::string& text) const;

 private:
  struct Compiled;

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace launch_compare
