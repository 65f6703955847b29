#include "compare/judge/side_samples.h"

#include <algorithm>

namespace launch_compare {

BoundedSamples SideSamples(const Benchmarks& runs, std::string_view metric, bool failures,
                           bool by_run, const Statistic& statistic) {
  BoundedSamples units;
  for (const Benchmark* benchmark : runs) {
    if (benchmark == nullptr) continue;
    BoundedSamples samples = SamplesWithBounds(*benchmark, metric, failures);
    if (!by_run) return samples;
    if (samples.stamped.empty()) continue;
    units.stamped.push_back(statistic(samples.stamped));
    units.least.push_back(statistic(samples.least));
    units.most.push_back(statistic(samples.most));
  }
  for (std::vector<double>* side : {&units.stamped, &units.least, &units.most})
    std::sort(side->begin(), side->end());
  return units;
}

BoundedShift ShiftBetween(const BoundedSamples& x, const BoundedSamples& y, double confidence) {
  BoundedShift result;
  result.shift = HodgesLehmann(x.stamped, y.stamped, confidence);
  result.bounds = {result.shift.lower, result.shift.upper};
  const bool exact =
      x.least == x.stamped && x.most == x.stamped && y.least == y.stamped && y.most == y.stamped;
  if (!exact) {
    // The interval's ends move with the samples. These two pairs give its extremes.
    result.bounds.lower = HodgesLehmann(x.most, y.least, confidence).lower;
    result.bounds.upper = HodgesLehmann(x.least, y.most, confidence).upper;
  }
  return result;
}

}  // namespace launch_compare
