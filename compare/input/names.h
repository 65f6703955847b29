// Which benchmark of one run is which of another.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/input/pattern.h"
#include "compare/input/run.h"

namespace launch_compare {

// "EbsSize/8GiB/iterations:1/manual_time" -> "EbsSize/8GiB": only what the library itself appends,
// at the end. A user's own "pool:2/burst:4" survives.
std::string HideLibrarySuffixes(std::string_view name);

// As the library's --benchmark_filter: an extended regular expression that must match somewhere in
// the name (with or without the library's suffixes), or, after a leading '-', must not. Empty
// matches all.
class NameFilter {
 public:
  NameFilter() = default;
  explicit NameFilter(const std::string& expression);  // throws InputError
  bool Matches(const std::string& hidden, const std::string& full) const;
  const std::string& expression() const { return expression_; }

 private:
  std::string expression_;
  std::optional<Pattern> pattern_;  // unset: all
  bool negative_ = false;
};

// One benchmark on both sides. A pointer is null where that run does not have it; they point into
// the runs.
struct Pairing {
  std::string name;                        // as shown
  std::vector<const Benchmark*> baseline;  // one for each run of the side
  std::vector<const Benchmark*> candidate;
};

// In the order of the first run that has each. Two benchmarks are one where their names are, but
// for the suffixes that leave the workload alike: repeats, min_time, min_warmup_time; where one run
// has the same workload with two of those, they are two. Another number of threads or iterations,
// or real_time against manual_time, is another benchmark. The other suffixes are not shown either
// where they tell nothing apart. Throws InputError, with the nearest name, where none matches.
std::vector<Pairing> MatchByName(const std::vector<BenchmarkRun>& baseline,
                                 const std::vector<BenchmarkRun>& candidate,
                                 const NameFilter& filter);

// Benchmarks of one run against others of it or of another, as Google's compare.py does in its
// modes "filters" and "benchmarksfiltered": two names pair up when replacing what the expressions
// match makes them equal. Throws InputError: bad expression, no match, or two benchmarks that
// become one.
std::vector<Pairing> MatchFilters(const BenchmarkRun& baseline, const std::string& baseline_filter,
                                  const BenchmarkRun& candidate,
                                  const std::string& candidate_filter);

}  // namespace launch_compare
