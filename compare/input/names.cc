#include "compare/input/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "compare/input/input_error.h"
#include "compare/input/nearest_name.h"

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

// Returns true for suffixes that tell how long or how often something was measured, not what.
bool LeavesWorkloadAlike(std::string_view part) {
  return part.starts_with("repeats:") || part.starts_with("min_time:") ||
         part.starts_with("min_warmup_time:");
}

// Returns the name without these suffixes. Benchmarks with equal workloads are the same.
std::string Workload(std::string_view name) {
  const std::string hidden = HideLibrarySuffixes(name);
  std::string workload = hidden;
  std::string_view rest = name.substr(hidden.size());
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/', 1), rest.size());
    if (!LeavesWorkloadAlike(rest.substr(1, end - 1))) workload += rest.substr(0, end);
    rest.remove_prefix(end);
  }
  return workload;
}

// Finds names without suffixes that belong to two workloads, in one run or in two. Also finds
// workloads that one run has more than once (with min_time:1 and with min_time:5).
class Ambiguous {
 public:
  void Add(const BenchmarkRun& run) {
    std::unordered_set<std::string> of_this_run;
    for (const Benchmark& benchmark : run.benchmarks) {
      std::string workload = Workload(benchmark.name);
      std::string hidden = HideLibrarySuffixes(benchmark.name);
      const auto [known, is_new] = workloads_.emplace(hidden, workload);
      const bool is_repeated = !of_this_run.insert(workload).second;
      if (is_repeated || known->second != workload) ambiguous_.insert(std::move(hidden));
      if (is_repeated) repeated_.insert(std::move(workload));
    }
  }
  // Returns the name to show: without suffixes if that is unambiguous.
  std::string Shown(const std::string& name) const {
    std::string hidden = HideLibrarySuffixes(name);
    return ambiguous_.contains(hidden) ? Distinct(name) : hidden;
  }
  // Returns a name that is equal for two benchmarks exactly if they are the same.
  std::string Distinct(const std::string& name) const {
    std::string workload = Workload(name);
    return repeated_.contains(workload) ? name : workload;
  }

 private:
  std::unordered_map<std::string, std::string> workloads_;
  std::unordered_set<std::string> ambiguous_;
  std::unordered_set<std::string> repeated_;
};

void AddHiddenNames(const BenchmarkRun& run, std::vector<std::string>& names) {
  for (const Benchmark& benchmark : run.benchmarks)
    names.push_back(HideLibrarySuffixes(benchmark.name));
}

struct Matcher {
  const Ambiguous& ambiguous;
  const NameFilter& filter;
  std::size_t baseline_runs = 0;
  std::size_t candidate_runs = 0;
  std::vector<Pairing> pairings;
  std::unordered_map<std::string, std::size_t> indices;

  void Add(const std::vector<BenchmarkRun>& runs, std::vector<const Benchmark*> Pairing::*side) {
    for (std::size_t r = 0; r < runs.size(); ++r) {
      for (const Benchmark& benchmark : runs[r].benchmarks) {
        if (!filter.Matches(HideLibrarySuffixes(benchmark.name), benchmark.name)) continue;
        std::string name = ambiguous.Shown(benchmark.name);
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

NameFilter::NameFilter(const std::string& expression) : expression_(expression) {
  if (expression == "all") return;  // the library accepts this word, too
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
  Ambiguous ambiguous;
  for (const std::vector<BenchmarkRun>* side : {&baseline, &candidate}) {
    for (const BenchmarkRun& run : *side) ambiguous.Add(run);
  }
  Matcher matcher{ambiguous, filter, baseline.size(), candidate.size(), {}, {}};
  matcher.Add(baseline, &Pairing::baseline);
  matcher.Add(candidate, &Pairing::candidate);
  if (!matcher.pairings.empty()) return std::move(matcher.pairings);
  std::vector<std::string> names;
  for (const std::vector<BenchmarkRun>* side : {&baseline, &candidate}) {
    for (const BenchmarkRun& run : *side) AddHiddenNames(run, names);
  }
  throw InputError("--benchmark_filter: no benchmark of any run matches" +
                   Suggestion(NearestName(filter.expression(), names)));
}

std::vector<Pairing> MatchFilters(const BenchmarkRun& baseline, const std::string& baseline_filter,
                                  const BenchmarkRun& candidate,
                                  const std::string& candidate_filter) {
  Ambiguous ambiguous;
  ambiguous.Add(baseline);
  ambiguous.Add(candidate);
  const std::string both = fmt::format("[{} vs. {}]", baseline_filter, candidate_filter);
  std::vector<Pairing> pairings;
  std::vector<std::string> workloads;  // parallel to `pairings`
  const auto add = [&](const BenchmarkRun& run, const std::string& filter,
                       std::vector<const Benchmark*> Pairing::*side) {
    const Pattern pattern(filter, "filter");
    bool any = false;
    for (const Benchmark& benchmark : run.benchmarks) {
      const std::string hidden = HideLibrarySuffixes(benchmark.name);
      const auto match = pattern.Find(hidden);
      if (!match) continue;
      any = true;
      const auto replaced = [&](const std::string& name) {
        return name.substr(0, match->first) + both + name.substr(match->second);
      };
      const std::string workload = replaced(ambiguous.Distinct(benchmark.name));
      const auto known = std::find(workloads.begin(), workloads.end(), workload);
      const auto index = static_cast<std::size_t>(known - workloads.begin());
      if (known == workloads.end()) {
        workloads.push_back(workload);
        pairings.push_back(
            Pairing{replaced(ambiguous.Shown(benchmark.name)), {nullptr}, {nullptr}});
      }
      const Benchmark*& slot = (pairings[index].*side)[0];
      if (slot != nullptr) {
        throw InputError(fmt::format(
            "filter {}: matches both {} and {}, which would become one: make it more specific",
            filter, HideLibrarySuffixes(slot->name), hidden));
      }
      slot = &benchmark;
    }
    if (!any) {
      std::vector<std::string> names;
      AddHiddenNames(run, names);
      throw InputError(fmt::format("filter {}: matches no benchmark of {}{}", filter, run.path,
                                   Suggestion(NearestName(filter, names))));
    }
  };
  add(baseline, baseline_filter, &Pairing::baseline);
  add(candidate, candidate_filter, &Pairing::candidate);
  return pairings;
}

}  // namespace launch_compare
