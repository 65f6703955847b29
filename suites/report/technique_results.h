// The results of a run, by technique.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fixtures/launch/sample.h"

namespace suites {

// One quantity over the launches of one technique.
struct Statistics {
  int count = 0;
  double median = 0;
  double minimum = 0;
  double maximum = 0;
};
Statistics Describe(std::vector<double> values);  // values not empty

// A percentile is shown only if at least this many samples lie beyond it; otherwise it would be the
// maximum. So p90 needs 10 samples and p99 needs 100, as in launch_compare.
inline constexpr int kSamplesBeyondPercentile = 1;

// Returns the smallest value such that at least the share `p` of the values is at or below it
// (nearest rank). Returns nullopt if there are too few values.
std::optional<double> Percentile(std::vector<double> values, double p);

struct TechniqueResult {
  std::string name;
  std::vector<const fixtures::Sample*> succeeded;
  std::vector<const fixtures::Sample*> failed;
  int interrupted = 0;
  int unverified = 0;  // of those that succeeded

  std::vector<double> Totals() const;  // ms, of those that succeeded
  // A counter of the launches that succeeded and have it.
  std::vector<double> ValuesOf(const std::string& counter) const;
  std::optional<double> MedianOf(const std::string& counter) const;
};

// Returns the phases that guests told of (fixtures::kGuestPhases), as far as some launch has them,
// in their order.
std::vector<std::string> GuestPhasesIn(std::span<const fixtures::Sample* const> launches);
// Returns how far the row of a guest's phase is indented: deeper if it is a part of
// guest_userspace.
std::string GuestPhaseIndent(const std::string& phase);

// Returns true if the guest could not say which instance it is.
bool IsUnverified(const fixtures::Sample& sample);

// Returns the techniques in the order of their first sample. `samples` must outlive the result.
std::vector<TechniqueResult> GroupByTechnique(std::span<const fixtures::Sample> samples);

// Returns the fastest first, by the median of the total. Techniques without a successful launch
// come last.
std::vector<TechniqueResult> Sorted(std::vector<TechniqueResult> results);

}  // namespace suites
