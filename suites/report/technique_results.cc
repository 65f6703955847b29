#include "suites/report/technique_results.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

namespace suites {
namespace {

using fixtures::Sample;

}  // namespace

Statistics Describe(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t n = values.size();
  return {.count = static_cast<int>(n),
          .median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2,
          .minimum = values.front(),
          .maximum = values.back()};
}

std::optional<double> Percentile(std::vector<double> values, double p) {
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size())));
  if (values.size() - rank < kSamplesBeyondPercentile) return std::nullopt;
  return values[rank - 1];
}

std::vector<double> TechniqueResult::Totals() const {
  std::vector<double> totals;
  for (const Sample* sample : succeeded)
    totals.push_back(fixtures::ToMilliseconds(sample->timeline->total()));
  return totals;
}

std::vector<double> TechniqueResult::ValuesOf(const std::string& counter) const {
  std::vector<double> values;
  for (const Sample* sample : succeeded) {
    const auto found = sample->counters.find(counter);
    if (found != sample->counters.end()) values.push_back(found->second);
  }
  return values;
}

std::optional<double> TechniqueResult::MedianOf(const std::string& counter) const {
  std::vector<double> values = ValuesOf(counter);
  if (values.empty()) return std::nullopt;
  return Describe(std::move(values)).median;
}

std::vector<std::string> GuestPhasesIn(std::span<const Sample* const> launches) {
  std::vector<std::string> phases;
  for (const std::string_view phase : fixtures::kGuestPhases) {
    const std::string counter = std::string(phase) + "_ms";
    if (std::ranges::any_of(
            launches, [&](const Sample* launch) { return launch->counters.contains(counter); }))
      phases.emplace_back(phase);
  }
  return phases;
}

std::string GuestPhaseIndent(const std::string& phase) {
  const bool in_sequence =
      phase == "guest_kernel" || phase == "guest_initrd" || phase == "guest_userspace";
  return in_sequence ? "    " : "      ";
}

bool IsUnverified(const Sample& sample) {
  const auto host = sample.notes.find("host");
  return host != sample.notes.end() && host->second == "unverified";
}

std::vector<TechniqueResult> GroupByTechnique(std::span<const Sample> samples) {
  std::vector<TechniqueResult> results;
  for (const Sample& sample : samples) {
    auto it = std::ranges::find(results, sample.benchmark, &TechniqueResult::name);
    if (it == results.end()) {
      results.emplace_back().name = sample.benchmark;
      it = std::prev(results.end());
    }
    if (sample.ok) {
      it->succeeded.push_back(&sample);
      it->unverified += IsUnverified(sample) ? 1 : 0;
    } else if (sample.interrupted) {
      ++it->interrupted;
    } else {
      it->failed.push_back(&sample);
    }
  }
  return results;
}

std::vector<TechniqueResult> Sorted(std::vector<TechniqueResult> results) {
  std::ranges::stable_sort(results, {}, [](const TechniqueResult& result) {
    return result.succeeded.empty() ? std::numeric_limits<double>::infinity()
                                    : Describe(result.Totals()).median;
  });
  return results;
}

}  // namespace suites
