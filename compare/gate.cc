#include "compare/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "compare/quantity.h"

namespace launch_compare {
namespace {

std::string Title(const std::string& benchmark, const std::string& metric) {
  return fmt::format("{} {}", benchmark, ShownName(metric));
}

double Share(std::size_t failures, std::size_t launches) {
  return launches == 0 ? 0 : static_cast<double>(failures) / static_cast<double>(launches);
}

void CheckRules(const Comparison& comparison, const Policy& policy, GateResult& result) {
  for (const std::string& name : comparison.only_in_baseline) {
    result.regressions.push_back(fmt::format("{}: missing from the candidate", name));
  }
  for (const BenchmarkComparison& b : comparison.benchmarks) {
    for (const std::string& path : b.missing_from) {
      result.regressions.push_back(fmt::format("{}: missing from {}", b.name, path));
    }
    const double before = Share(b.baseline_failures, b.baseline_launches);
    const double after = Share(b.candidate_failures, b.candidate_launches);
    const double allowed = policy.RuleFor(b.name, "real_time").max_failure_rate_rise;
    if (after > before + allowed + 1e-12) {
      result.regressions.push_back(
          fmt::format("{}: {} of {} repetitions failed, before {} of {}{}{}", b.name,
                      b.candidate_failures, b.candidate_launches, b.baseline_failures,
                      b.baseline_launches, b.failure_messages.empty() ? "" : ": ",
                      b.failure_messages.empty() ? "" : b.failure_messages.front()));
    }
    if (!b.phase_errors.empty()) {
      const std::string more =
          b.phase_errors.size() > 1 ? fmt::format(" (and {} more)", b.phase_errors.size() - 1) : "";
      result.regressions.push_back(
          fmt::format("{}: the phases do not add up: {}{}", b.name, b.phase_errors.front(), more));
    }
  }
}

// Takes the tests of the family, and says what keeps others out of it.
std::vector<const MetricComparison*> CollectTests(const Comparison& comparison,
                                                  const Policy& policy, GateResult& result) {
  std::vector<const MetricComparison*> family;
  for (const BenchmarkComparison& b : comparison.benchmarks) {
    for (const MetricComparison& m : b.metrics) {
      if (!policy.RuleFor(b.name, m.metric).gated) continue;
      if (m.non_finite)
        result.cannot_tell.push_back(Title(b.name, m.metric) + ": some values are no numbers");
      if (!m.test) {
        result.cannot_tell.push_back(Title(b.name, m.metric) +
                                     ": no samples to test on both sides");
      } else if (m.baseline.failed == m.baseline.samples &&
                 m.candidate.failed == m.candidate.samples) {
        result.cannot_tell.push_back(Title(b.name, m.metric) +
                                     ": every repetition failed on both sides");
      } else {
        family.push_back(&m);
        result.tests.push_back({b.name, m.metric, m.verdict.value_or(Verdict::kUndecided),
                                m.test->p_value, 1, false, ""});
      }
    }
  }
  return family;
}

// How many candidate samples it takes against the baseline's, "" where no number up to 1000 does.
std::string NeededAgainst(std::size_t baseline, double alpha, std::size_t tests) {
  for (std::size_t n = 1; n <= 1000; ++n) {
    if (SmallestPossibleP(baseline, n) * static_cast<double>(tests) < alpha) {
      return fmt::format(", or {} in the candidate against the baseline's {}", n, baseline);
    }
  }
  return "";
}

void CheckNumbers(const Comparison& comparison, const std::vector<const MetricComparison*>& family,
                  const GateOptions& options, GateResult& result) {
  std::size_t too_few = 0;
  for (std::size_t i = 0; i < family.size(); ++i) {
    const std::size_t b = family[i]->baseline.samples;
    const std::size_t c = family[i]->candidate.samples;
    if (SmallestPossibleP(b, c) * static_cast<double>(family.size()) < options.alpha) continue;
    if (++too_few > 1) continue;
    result.cannot_tell.push_back(fmt::format(
        "{}: {} against {} {} cannot be significant among {} gated comparison{} at alpha {:g}: it "
        "takes at least {} a side{}",
        Title(result.tests[i].benchmark, result.tests[i].metric), b, c,
        comparison.by_run ? "runs" : "repetitions", family.size(), family.size() == 1 ? "" : "s",
        options.alpha, SamplesNeeded(options.alpha, family.size()),
        NeededAgainst(b, options.alpha, family.size())));
  }
  if (too_few > 1)
    result.cannot_tell.push_back(fmt::format("the same holds for {} more", too_few - 1));
}

void Judge(const std::vector<const MetricComparison*>& family, const GateOptions& options,
           GateResult& result) {
  std::vector<double> p_values;
  for (const GatedTest& test : result.tests) p_values.push_back(test.p_value);
  const std::vector<double> adjusted = HolmAdjust(p_values);
  for (std::size_t i = 0; i < family.size(); ++i) {
    GatedTest& test = result.tests[i];
    const MetricComparison& m = *family[i];
    test.adjusted_p = adjusted[i];
    test.regression = test.verdict == Verdict::kSlower && test.adjusted_p < options.alpha;
    const std::string title = Title(test.benchmark, test.metric);
    const std::string interval = FormatInterval(m.shift->lower, m.shift->upper, m.kind.unit);
    if (test.regression) {
      test.message = fmt::format("{}: slower by {} ({}), interval {}, adjusted p {}", title,
                                 FormatShift(m.shift->shift, m.kind.unit),
                                 FormatRelative(m.shift->shift, m.baseline.median), interval,
                                 FormatP(test.adjusted_p));
      result.regressions.push_back(test.message);
      continue;
    }
    if (test.verdict == Verdict::kSlower) {
      test.message =
          fmt::format("{}: slower, interval {}, but adjusted p {} is not below alpha {:g}", title,
                      interval, FormatP(test.adjusted_p), options.alpha);
    } else if (test.verdict == Verdict::kUndecided) {
      test.message = fmt::format("{}: undecided, interval {}", title, interval);
      if (m.detectable) {
        test.message += fmt::format("; these samples would have shown {}",
                                    FormatShift(*m.detectable, m.kind.unit));
      }
    }
    if (!test.message.empty()) result.undecided.push_back(test.message);
  }
}

Outcome Decide(const GateResult& result, const GateOptions& options) {
  if (!result.regressions.empty()) return Outcome::kRegression;
  if (!result.cannot_tell.empty()) return Outcome::kCannotTell;
  if (options.fail_on_undecided && !result.undecided.empty()) return Outcome::kRegression;
  return Outcome::kPass;
}

}  // namespace

std::string_view Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "pass";
    case Outcome::kRegression:
      return "regression";
    case Outcome::kCannotTell:
      return "cannot tell";
  }
  return "";
}

GateResult Gate(const Comparison& comparison, const Policy& policy, const GateOptions& options) {
  GateResult result;
  if (!comparison.context_differences.empty() && !options.across_contexts) {
    for (const std::string& line : comparison.context_differences)
      result.cannot_tell.push_back(line);
    result.cannot_tell.push_back(
        "runs from different contexts are not gated; --across_contexts gates them all the same");
    result.outcome = Outcome::kCannotTell;
    return result;
  }
  CheckRules(comparison, policy, result);
  const std::vector<const MetricComparison*> family = CollectTests(comparison, policy, result);
  if (family.empty() && result.cannot_tell.empty())
    result.cannot_tell.push_back("nothing is gated");
  CheckNumbers(comparison, family, options, result);
  Judge(family, options, result);
  std::vector<std::string> names = comparison.only_in_baseline;
  for (const BenchmarkComparison& b : comparison.benchmarks) names.push_back(b.name);
  for (const std::string& rule : policy.UnusedRules(names)) {
    result.notes.push_back(fmt::format("policy {} matches no benchmark", rule));
  }
  result.outcome = Decide(result, options);
  return result;
}

}  // namespace launch_compare
