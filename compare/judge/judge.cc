#include "compare/judge/judge.h"

#include "compare/judge/side_samples.h"
#include "compare/judge/verdict.h"
#include "compare/statistics/mann_whitney.h"

namespace launch_compare {
namespace {

// Decide() takes larger values as worse. If higher is better, the signs are changed.
BoundedShift Worse(const BoundedShift& between, Direction better) {
  if (better != Direction::kHigher) return between;
  BoundedShift turned = between;
  turned.shift.shift = -between.shift.shift;
  turned.shift.lower = -between.shift.upper;
  turned.shift.upper = -between.shift.lower;
  turned.bounds = {-between.bounds.upper, -between.bounds.lower};
  return turned;
}

}  // namespace

void TestSamples(MetricComparison& m, const BoundedSamples& x, const BoundedSamples& y,
                 double alpha) {
  const BoundedShift between = ShiftBetween(x, y, 1 - alpha);
  m.shift = between.shift;
  m.bounds = between.bounds;
  m.test = MannWhitney(x.stamped, y.stamped);
  m.least_p = SmallestPossibleP(x.stamped.size(), y.stamped.size());
  Judge(m);
}

void Judge(MetricComparison& m) {
  if (!m.kind.judged()) return;
  const BoundedShift worse = Worse({*m.shift, m.bounds}, m.kind.better);
  m.verdict = Decide(worse.shift, worse.bounds, m.margin);
  if (m.verdict == Verdict::kUndecided || m.verdict == Verdict::kUnresolved)
    m.detectable = SmallestDetectable(worse.shift, worse.bounds, m.margin);
}

}  // namespace launch_compare
