#include "compare/judge/tail.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "compare/judge/judge.h"
#include "compare/judge/quantity.h"
#include "compare/judge/side_samples.h"

namespace launch_compare {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double LogChoose(std::size_t n, std::size_t k) {
  const auto log_factorial = [](std::size_t i) { return std::lgamma(static_cast<double>(i) + 1); };
  return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

// Returns P(B <= k) for each k from 0 to n, where B is binomial with n and q.
std::vector<double> BinomialAtMost(std::size_t n, double q) {
  std::vector<double> at_most(n + 1);
  double sum = 0;
  for (std::size_t k = 0; k <= n; ++k) {
    sum += std::exp(LogChoose(n, k) + static_cast<double>(k) * std::log(q) +
                    static_cast<double>(n - k) * std::log1p(-q));
    at_most[k] = std::min(1.0, sum);
  }
  return at_most;
}

// The order statistics between which the quantile lies. The quantile is beyond each end with a
// probability of at most `tail`.
class QuantileInterval {
 public:
  QuantileInterval(std::size_t n, double q) : at_most_(BinomialAtMost(n, q)) {}

  // Returns a rank from 1, or 0 if the lower end is unbounded.
  std::size_t LowerRank(double tail) const {
    const auto above = std::upper_bound(at_most_.begin(), at_most_.end(), tail);
    return static_cast<std::size_t>(above - at_most_.begin());  // P(B <= rank - 1) <= tail
  }
  // Returns a rank up to n, or n + 1 if the upper end is unbounded.
  std::size_t UpperRank(double tail) const {
    const auto enough = std::lower_bound(at_most_.begin(), at_most_.end(), 1 - tail);
    return static_cast<std::size_t>(enough - at_most_.begin()) + 1;  // P(B >= rank) <= tail
  }
  double Lower(const std::vector<double>& sorted, double tail) const {
    const std::size_t rank = LowerRank(tail);
    return rank == 0 ? -kInfinity : sorted[std::min(rank, sorted.size()) - 1];
  }
  double Upper(const std::vector<double>& sorted, double tail) const {
    const std::size_t rank = UpperRank(tail);
    return rank > sorted.size() ? kInfinity : sorted[rank - 1];
  }

 private:
  std::vector<double> at_most_;
};

double Difference(double later, double earlier, double both_unknown) {
  return std::isinf(later) && later == earlier ? both_unknown : later - earlier;
}

struct QuantilePair {
  const BoundedSamples& x;
  const BoundedSamples& y;
  QuantileInterval of_x;
  QuantileInterval of_y;

  ShiftBounds Bounds(const std::vector<double>& x_low, const std::vector<double>& x_high,
                     const std::vector<double>& y_low, const std::vector<double>& y_high,
                     double alpha) const {
    const double tail = alpha / 4;  // two sides, two ends
    return {Difference(of_y.Lower(y_low, tail), of_x.Upper(x_high, tail), -kInfinity),
            Difference(of_y.Upper(y_high, tail), of_x.Lower(x_low, tail), kInfinity)};
  }
  ShiftBounds Stamped(double alpha) const {
    return Bounds(x.stamped, x.stamped, y.stamped, y.stamped, alpha);
  }
  // Returns the smallest alpha whose interval excludes zero.
  double PValue() const {
    double excludes = 0;
    double includes = 1;
    for (int i = 0; i < 40; ++i) {
      // Geometric bisection, because the result may be very small.
      const double middle = excludes == 0 ? includes / 4 : std::sqrt(excludes * includes);
      const ShiftBounds at = Stamped(middle);
      (at.lower > 0 || at.upper < 0 ? includes : excludes) = middle;
      if (includes < 1e-12) break;
    }
    const ShiftBounds widest = Stamped(1);
    return widest.lower > 0 || widest.upper < 0 ? includes : 1;
  }
};

MetricComparison Described(const Pairing& pairing, std::string_view metric, double baseline,
                           double candidate, const CompareOptions& options) {
  MetricComparison m;
  m.metric = metric;
  m.kind = KindOf(metric);
  m.baseline.median = baseline;
  m.candidate.median = candidate;
  m.margin = options.policy.RuleFor(pairing.name, metric).margin.Of(baseline, m.kind.unit);
  return m;
}

void Count(MetricComparison& m, const BoundedSamples& x, const BoundedSamples& y) {
  const auto count = [](Side& side, const std::vector<double>& samples) {
    side.samples = samples.size();
    side.failed = static_cast<std::size_t>(std::count(samples.begin(), samples.end(), kInfinity));
    side.median_of_rest = side.median;
  };
  count(m.baseline, x.stamped);
  count(m.candidate, y.stamped);
}

MetricComparison CompareQuantile(const Pairing& pairing, std::string_view metric, double q,
                                 const BoundedSamples& x, const BoundedSamples& y,
                                 const CompareOptions& options) {
  MetricComparison m =
      Described(pairing, metric, Quantile(x.stamped, q), Quantile(y.stamped, q), options);
  Count(m, x, y);
  const QuantilePair pair{x, y, QuantileInterval(x.stamped.size(), q),
                          QuantileInterval(y.stamped.size(), q)};
  const ShiftBounds interval = pair.Stamped(options.alpha);
  if (std::isinf(interval.lower) && std::isinf(interval.upper)) {
    m.verdict = Verdict::kUndecided;
    const double needed = std::ceil(std::log(options.alpha / 4) / std::log(q));
    m.remarks.push_back(fmt::format("{} against {} launches do not bound it; {:g} a side do",
                                    m.baseline.samples, m.candidate.samples, needed));
    return m;
  }
  m.shift = ShiftEstimate{Difference(m.candidate.median, m.baseline.median, 0), interval.lower,
                          interval.upper, 1 - options.alpha,
                          std::isfinite(interval.lower) || std::isfinite(interval.upper)};
  m.bounds = pair.Bounds(x.least, x.most, y.least, y.most, options.alpha);
  m.test = RankTest{0, pair.PValue(), kNone, PMethod::kOrderStatistics};
  // The p-value of a complete separation, with the largest launch as the baseline's upper end.
  m.least_p = std::min(1.0, 4 * std::pow(q, static_cast<double>(x.stamped.size())));
  Judge(m);
  return m;
}

// Returns Wilson's interval of a share.
ShiftBounds Wilson(double hits, double n, double confidence) {
  double low = 0;
  double high = 10;  // the normal quantile, by bisection
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (std::erf(middle / std::sqrt(2.0)) < confidence ? low : high) = middle;
  }
  const double z2 = low * low;
  const double share = hits / n;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = low * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

// Returns Newcombe's interval of the difference between two shares (his method 10).
ShiftBounds DifferenceOfShares(double a, double m, double b, double n, double confidence) {
  const ShiftBounds x = Wilson(a, m, confidence);
  const ShiftBounds y = Wilson(b, n, confidence);
  const double p = a / m;
  const double q = b / n;
  return {q - p - std::hypot(q - y.lower, x.upper - p),
          q - p + std::hypot(y.upper - q, p - x.lower)};
}

double TwoSided(double at_most, double at_least) {
  return std::min(1.0, 2 * std::min(at_most, at_least));
}

// Fisher's exact test. Returns the p-value if a of m and b of n launches are slow.
double FisherP(std::size_t a, std::size_t m, std::size_t b, std::size_t n) {
  const std::size_t slow = a + b;
  double at_most = 0;
  double at_least = 0;
  for (std::size_t k = slow > m ? slow - m : 0; k <= std::min(slow, n); ++k) {
    const double p = std::exp(LogChoose(n, k) + LogChoose(m, slow - k) - LogChoose(m + n, slow));
    if (k <= b) at_most += p;
    if (k >= b) at_least += p;
  }
  return TwoSided(at_most, at_least);
}

// Returns the p-value if b of n launches are above the launch of the other side that `above` of its
// m launches exceed. If both sides are alike, that number has the negative hypergeometric
// distribution.
double PrecedenceP(std::size_t above, std::size_t m, std::size_t b, std::size_t n) {
  double at_most = 0;
  double at_least = 0;
  for (std::size_t k = 0; k <= n; ++k) {
    const double p = std::exp(LogChoose(above + k, k) + LogChoose(m - 1 - above + n - k, n - k) -
                              LogChoose(m + n, n));
    if (k <= b) at_most += p;
    if (k >= b) at_least += p;
  }
  return TwoSided(at_most, at_least);
}

std::size_t CountAbove(const std::vector<double>& sorted, double threshold) {
  return static_cast<std::size_t>(sorted.end() -
                                  std::upper_bound(sorted.begin(), sorted.end(), threshold));
}

double ShareAbove(const std::vector<double>& sorted, double threshold) {
  return static_cast<double>(CountAbove(sorted, threshold)) / static_cast<double>(sorted.size());
}

std::string ThresholdRemark(double threshold, bool given) {
  return fmt::format("above {}{}", FormatValue(threshold, MetricUnit::kMilliseconds),
                     given ? "" : ", the p95 of the baseline's launches");
}

MetricComparison CompareSlow(const Pairing& pairing, double threshold, const BoundedSamples& x,
                             const BoundedSamples& y, const CompareOptions& options) {
  MetricComparison m = Described(pairing, kSlowLaunches, ShareAbove(x.stamped, threshold),
                                 ShareAbove(y.stamped, threshold), options);
  Count(m, x, y);
  const std::size_t a = CountAbove(x.stamped, threshold);
  const std::size_t b = CountAbove(y.stamped, threshold);
  const auto size_x = static_cast<double>(x.stamped.size());
  const auto size_y = static_cast<double>(y.stamped.size());
  const auto interval = [&](const std::vector<double>& xs, const std::vector<double>& ys) {
    return DifferenceOfShares(static_cast<double>(CountAbove(xs, threshold)), size_x,
                              static_cast<double>(CountAbove(ys, threshold)), size_y,
                              1 - options.alpha);
  };
  const ShiftBounds stamped = interval(x.stamped, y.stamped);
  m.shift = ShiftEstimate{m.candidate.median - m.baseline.median, stamped.lower, stamped.upper,
                          1 - options.alpha, true};
  m.bounds = {interval(x.most, y.least).lower, interval(x.least, y.most).upper};
  const bool given = options.slow_above_ms.has_value();
  const auto p_of = [&](std::size_t slow) {
    return given ? FisherP(a, x.stamped.size(), slow, y.stamped.size())
                 : PrecedenceP(a, x.stamped.size(), slow, y.stamped.size());
  };
  m.test = RankTest{0, p_of(b), kNone, PMethod::kHypergeometric};
  m.least_p = p_of(y.stamped.size());
  m.remarks.push_back(ThresholdRemark(threshold, given));
  Judge(m);
  return m;
}

// Compares one value for each run, as is done for the medians of runs.
MetricComparison CompareByRun(const Pairing& pairing, std::string_view metric,
                              const Statistic& statistic, const CompareOptions& options) {
  const BoundedSamples x = SideSamples(pairing.baseline, "real_time", true, true, statistic);
  const BoundedSamples y = SideSamples(pairing.candidate, "real_time", true, true, statistic);
  MetricComparison m = Described(pairing, metric, Median(x.stamped), Median(y.stamped), options);
  Count(m, x, y);
  TestSamples(m, x, y, options.alpha);
  return m;
}

// The launches of all runs of a side, and how many the run with the fewest has.
struct Launches {
  std::vector<double> all;
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
};

Launches LaunchesOf(const Benchmarks& runs) {
  Launches launches;
  for (const Benchmark* benchmark : runs) {
    if (benchmark == nullptr) continue;
    const std::vector<double> samples = SortedSamples(*benchmark, "real_time", true);
    launches.all.insert(launches.all.end(), samples.begin(), samples.end());
    launches.fewest = std::min(launches.fewest, samples.size());
  }
  std::sort(launches.all.begin(), launches.all.end());
  return launches;
}

struct QuantileMetric {
  std::string_view metric;
  double q;
  std::size_t least_launches;
};

constexpr QuantileMetric kQuantiles[] = {{kP90, 0.90, kLeastForP90}, {kP99, 0.99, kLeastForP99}};

}  // namespace

double Quantile(const std::vector<double>& sorted, double q) {
  const double rank = std::ceil(q * static_cast<double>(sorted.size()) - 1e-9);
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::vector<MetricComparison> CompareTail(const Pairing& pairing, const CompareOptions& options,
                                          bool by_run) {
  std::vector<MetricComparison> tail;
  const Launches x = LaunchesOf(pairing.baseline);
  const Launches y = LaunchesOf(pairing.candidate);
  if (x.all.empty() || y.all.empty() || std::min(x.fewest, y.fewest) == 0) return tail;
  const auto median = [](const std::vector<double>& samples) { return Median(samples); };
  const BoundedSamples xs = SideSamples(pairing.baseline, "real_time", true, by_run, median);
  const BoundedSamples ys = SideSamples(pairing.candidate, "real_time", true, by_run, median);
  const std::size_t launches = std::min(x.fewest, y.fewest);
  for (const QuantileMetric& quantile : kQuantiles) {
    if (launches < quantile.least_launches) continue;
    const Statistic of_run = [q = quantile.q](const auto& samples) { return Quantile(samples, q); };
    tail.push_back(by_run ? CompareByRun(pairing, quantile.metric, of_run, options)
                          : CompareQuantile(pairing, quantile.metric, quantile.q, xs, ys, options));
  }
  if (launches > 1) {
    tail.push_back(Described(pairing, kMaximum, x.all.back(), y.all.back(), options));
  }
  const bool given = options.slow_above_ms.has_value();
  if (!given && launches < kLeastForP90) return tail;
  const double threshold = given ? *options.slow_above_ms : Quantile(x.all, 0.95);
  if (!by_run) {
    tail.push_back(CompareSlow(pairing, threshold, xs, ys, options));
  } else {
    const Statistic of_run = [threshold](const auto& samples) {
      return ShareAbove(samples, threshold);
    };
    tail.push_back(CompareByRun(pairing, kSlowLaunches, of_run, options));
    tail.back().remarks.push_back(ThresholdRemark(threshold, given));
  }
  return tail;
}

std::string TailRemark(const std::vector<MetricComparison>& metrics) {
  if (metrics.empty() || metrics.front().verdict != Verdict::kSame) return "";
  for (const MetricComparison& m : metrics) {
    const bool tail = m.metric == kP90 || m.metric == kP99 || m.metric == kSlowLaunches;
    if (!tail || !m.verdict || *m.verdict == Verdict::kSame || *m.verdict == Verdict::kUndecided ||
        *m.verdict == Verdict::kUnresolved) {
      continue;
    }
    return fmt::format("the medians agree, the tails do not: {} {} against {}, {}",
                       ShownName(m.metric), FormatValue(m.baseline.median, m.kind.unit),
                       FormatValue(m.candidate.median, m.kind.unit), Name(*m.verdict));
  }
  return "";
}

}  // namespace launch_compare
