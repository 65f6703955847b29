// Pairs the benchmarks of one run with those of another by their names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/input/pattern.h"
#include "compare/input/run.h"

namespace launch_compare {

// Removes what the library appends: "EbsSize/8GiB/iterations:1/manual_time" -> "EbsSize/8GiB".
// Keeps the user's own parts, such as "pool:2/burst:4".
std::string HideLibrarySuffixes(std::string_view name);

// Works as the library's --benchmark_filter: an extended regular expression that must match
// somewhere in the name, with or without the library's suffixes. After a leading '-' it must not
// match. An empty expression matches all.
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

// One benchmark on both sides. The pointers point into the runs. A pointer is null if that run does
// not have the benchmark.
struct Pairing {
  std::string name;                        // as shown
  std::vector<const Benchmark*> baseline;  // one for each run of the side
  std::vector<const Benchmark*> candidate;
};

// Pairs benchmarks of the same name. The order is that of the first run that has each.
// Suffixes that do not change the workload (repeats, min_time, min_warmup_time) are ignored, unless
// one run has the same workload with two of them. Other suffixes make another benchmark: another
// number of threads or iterations, or real_time instead of manual_time. They are hidden in
// Pairing::name if the name is unique without them. Throws InputError, with the nearest name, if no
// benchmark matches the filter.
std::vector<Pairing> MatchByName(const std::vector<BenchmarkRun>& baseline,
                                 const std::vector<BenchmarkRun>& candidate,
                                 const NameFilter& filter);

// Pairs benchmarks of one run with others of the same run or of another one. Works as the modes
// "filters" and "benchmarksfiltered" of Google's compare.py: two names pair up if they become equal
// once the matches of the two expressions are replaced by the same text. Throws InputError for a
// bad expression, if nothing matches, or if two benchmarks of one side get the same name.
std::vector<Pairing> MatchFilters(const BenchmarkRun& baseline, const std::string& baseline_filter,
                                  const BenchmarkRun& candidate,
                                  const std::string& candidate_filter);

}  // namespace launch_compare
