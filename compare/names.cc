#include "compare/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "compare/input_error.h"

namespace launch_compare {
namespace {

bool IsLibrarySuffix(std::string_view part) {
  if (part == "manual_time" || part == "real_time" || part == "process_time") return true;
  static constexpr std::array<std::string_view, 5> kNumbered = {
      "iterations:", "repeats:", "threads:", "min_time:", "min_warmup_time:"};
  return std::any_of(kNumbered.begin(), kNumbered.end(), [&](std::string_view prefix) {
    return part.size() > prefix.size() && part.starts_with(prefix) &&
           part.find_first_not_of("0123456789.sx", prefix.size()) == std::string_view::npos;
  });
}

using Names = std::unordered_set<std::string>;

// The hidden names that stand for two benchmarks of one run.
void AddAmbiguous(const BenchmarkRun& run, Names& ambiguous) {
  Names seen;
  for (const Benchmark& benchmark : run.benchmarks) {
    std::string hidden = HideLibrarySuffixes(benchmark.name);
    if (!seen.insert(hidden).second) ambiguous.insert(std::move(hidden));
  }
}

struct Matcher {
  const Names& ambiguous;
  const NameFilter& filter;
  std::size_t baseline_runs = 0;
  std::size_t candidate_runs = 0;
  std::vector<Pairing> pairings;
  std::unordered_map<std::string, std::size_t> indices;

  void Add(const std::vector<BenchmarkRun>& runs, std::vector<const Benchmark*> Pairing::*side) {
    for (std::size_t r = 0; r < runs.size(); ++r) {
      for (const Benchmark& benchmark : runs[r].benchmarks) {
        std::string name = HideLibrarySuffixes(benchmark.name);
        if (!filter.Matches(name, benchmark.name)) continue;
        if (ambiguous.contains(name)) name = benchmark.name;
        const auto [entry, is_new] = indices.emplace(name, pairings.size());
        if (is_new) {
          pairings.push_back({std::move(name), std::vector<const Benchmark*>(baseline_runs),
                              std::vector<const Benchmark*>(candidate_runs)});
        }
        (pairings[entry->second].*side)[r] = &benchmark;
      }
    }
  }
};

}  // namespace

std::string HideLibrarySuffixes(std::string_view name) {
  for (std::size_t slash = name.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = name.rfind('/')) {
    if (!IsLibrarySuffix(name.substr(slash + 1))) break;
    name = name.substr(0, slash);
  }
  return std::string(name);
}

NameFilter::NameFilter(const std::string& expression) {
  if (expression == "all") return;  // the library's own word
  negative_ = expression.starts_with('-');
  const std::string positive = expression.substr(negative_ ? 1 : 0);
  if (!positive.empty()) pattern_ = Pattern(positive, "--benchmark_filter");
}

bool NameFilter::Matches(const std::string& hidden, const std::string& full) const {
  return !pattern_ || (pattern_->Find(hidden) || pattern_->Find(full)) != negative_;
}

std::vector<Pairing> MatchByName(const std::vector<BenchmarkRun>& baseline,
                                 const std::vector<BenchmarkRun>& candidate,
                                 const NameFilter& filter) {
  Names ambiguous;
  for (const std::vector<BenchmarkRun>* side : {&baseline, &candidate}) {
    for (const BenchmarkRun& run : *side) AddAmbiguous(run, ambiguous);
  }
  Matcher matcher{ambiguous, filter, baseline.size(), candidate.size(), {}, {}};
  matcher.Add(baseline, &Pairing::baseline);
  matcher.Add(candidate, &Pairing::candidate);
  return std::move(matcher.pairings);
}

std::vector<Pairing> MatchFilters(const BenchmarkRun& run, const std::string& baseline_filter,
                                  const std::string& candidate_filter) {
  const std::string both = fmt::format("[{} vs. {}]", baseline_filter, candidate_filter);
  std::vector<Pairing> pairings;
  const auto add = [&](const std::string& filter, std::vector<const Benchmark*> Pairing::*side) {
    const Pattern pattern(filter, "filter");
    bool any = false;
    for (const Benchmark& benchmark : run.benchmarks) {
      const std::string shown = HideLibrarySuffixes(benchmark.name);
      const auto match = pattern.Find(shown);
      if (!match) continue;
      any = true;
      const std::string name = shown.substr(0, match->first) + both + shown.substr(match->second);
      auto pairing = std::find_if(pairings.begin(), pairings.end(),
                                  [&](const Pairing& p) { return p.name == name; });
      if (pairing == pairings.end())
        pairing = pairings.insert(pairing, Pairing{name, {nullptr}, {nullptr}});
      const Benchmark*& slot = ((*pairing).*side)[0];
      if (slot != nullptr) {
        throw InputError(fmt::format(
            "filter {}: matches both {} and {}, which would become one: make it more specific",
            filter, HideLibrarySuffixes(slot->name), shown));
      }
      slot = &benchmark;
    }
    if (!any)
      throw InputError(fmt::format("filter {}: matches no benchmark of {}", filter, run.path));
  };
  add(baseline_filter, &Pairing::baseline);
  add(candidate_filter, &Pairing::candidate);
  return pairings;
}

}  // namespace launch_compare
