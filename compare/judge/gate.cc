#include "compare/judge/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "compare/judge/quantity.h"

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

// Collects the tests of the family. Adds to cannot_tell why a gated metric has no test.
std::vector<const MetricComparison*> CollectTests(const Comparison& comparison,
                                                  const Policy& policy, GateResult& result) {
  std::vector<const MetricComparison*> family;
  for (const BenchmarkComparison& b : comparison.benchmarks) {
    for (const MetricComparison& m : b.metrics) {
      if (!policy.RuleFor(b.name, m.metric).gated) continue;
      if (m.non_finite) {
        result.cannot_tell.push_back(Title(b.name, m.metric) +
                                     ": some values are no measurements (see the warnings)");
      }
      if (!m.test) {
        const bool is_tail = m.metric == kP90 || m.metric == kP99;
        result.cannot_tell.push_back(
            Title(b.name, m.metric) + ": " +
            (is_tail ? m.remarks.front() : "no samples to test on both sides"));
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

// Returns how many candidate samples are needed with the baseline's number of samples, as text.
// Returns "" if 1000 are not enough.
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
    const MetricComparison& m = *family[i];
    if (m.least_p * static_cast<double>(family.size()) < options.alpha) continue;
    if (++too_few > 1) continue;
    const std::size_t b = m.baseline.samples;
    const std::size_t c = m.candidate.samples;
    std::string line = fmt::format(
        "{}: {} against {} {} cannot be significant among {} gated comparison{} at alpha {:g}",
        Title(result.tests[i].benchmark, m.metric), b, c,
        comparison.by_run ? "runs" : "repetitions", family.size(), family.size() == 1 ? "" : "s",
        options.alpha);
    if (m.test->method == PMethod::kOrderStatistics || m.test->method == PMethod::kHypergeometric) {
      line += ": the slow end needs more launches than the median";
    } else {
      line += fmt::format(": it takes at least {} a side{}",
                          SamplesNeeded(options.alpha, family.size()),
                          NeededAgainst(b, options.alpha, family.size()));
    }
    result.cannot_tell.push_back(line);
  }
  if (too_few > 1)
    result.cannot_tell.push_back(fmt::format("the same holds for {} more", too_few - 1));
}

// Returns why a comparison that is not a regression is undecided, or "" if it is decided.
std::string Doubt(const GatedTest& test, const MetricComparison& m, const GateOptions& options) {
  const std::string title = Title(test.benchmark, test.metric);
  const std::string interval = FormatInterval(m.shift->lower, m.shift->upper, m.kind.unit);
  std::string doubt;
  switch (test.verdict) {
    case Verdict::kSlower:
      return fmt::format("{}: slower, interval {}, but adjusted p {} is not below alpha {:g}",
                         title, interval, FormatP(test.adjusted_p), options.alpha);
    case Verdict::kPerhapsSlower:
      return fmt::format("{}: {} ({}), interval {}", title, Name(test.verdict),
                         FormatValue(m.margin, m.kind.unit),
                         FormatInterval(m.bounds.lower, m.bounds.upper, m.kind.unit));
    case Verdict::kUnresolved:
      doubt = fmt::format("{}: unresolved, interval {}, and {} as the marks can lie earlier", title,
                          interval, FormatInterval(m.bounds.lower, m.bounds.upper, m.kind.unit));
      break;
    case Verdict::kUndecided:
      doubt = fmt::format("{}: undecided, interval {}", title, interval);
      break;
    case Verdict::kSame:
    case Verdict::kFaster:
    case Verdict::kPerhapsFaster:
      return "";
  }
  if (m.detectable) {
    doubt +=
        fmt::format("; these samples would have shown {}", FormatShift(*m.detectable, m.kind.unit));
  }
  return doubt;
}

void JudgeFamily(const std::vector<const MetricComparison*>& family, const GateOptions& options,
                 GateResult& result) {
  std::vector<double> p_values;
  for (const GatedTest& test : result.tests) p_values.push_back(test.p_value);
  const std::vector<double> adjusted = HolmAdjust(p_values);
  for (std::size_t i = 0; i < family.size(); ++i) {
    GatedTest& test = result.tests[i];
    const MetricComparison& m = *family[i];
    test.adjusted_p = adjusted[i];
    test.regression = test.verdict == Verdict::kSlower && test.adjusted_p < options.alpha;
    if (test.regression) {
      test.message = fmt::format(
          "{}: slower by {} ({}), interval {}, adjusted p {}", Title(test.benchmark, test.metric),
          FormatShift(m.shift->shift, m.kind.unit),
          FormatRelative(m.shift->shift, m.baseline.median),
          FormatInterval(m.bounds.lower, m.bounds.upper, m.kind.unit), FormatP(test.adjusted_p));
      result.regressions.push_back(test.message);
      continue;
    }
    test.message = Doubt(test, m, options);
    if (!test.message.empty()) result.undecided.push_back(test.message);
  }
}

// If everything is faster than the baseline, a later regression of up to this difference would
// pass unseen.
void CheckAge(const std::vector<const MetricComparison*>& family, GateResult& result) {
  const bool all_faster = std::all_of(family.begin(), family.end(),
                                      [](const auto* m) { return m->verdict == Verdict::kFaster; });
  if (family.empty() || !all_faster) return;
  result.notes.push_back(
      "every gated metric is faster by more than the margin: the baseline is possibly stale, and "
      "would hide a regression of that size");
}

void CheckPolicy(const Comparison& comparison, const Policy& policy, GateResult& result) {
  Policy::Known known;
  for (const BenchmarkComparison& b : comparison.benchmarks) {
    std::vector<std::string>& metrics =
        known.emplace_back(b.name, std::vector<std::string>()).second;
    for (const MetricComparison& m : b.metrics) metrics.push_back(m.metric);
  }
  // Without metrics, because no metric of these benchmarks can be gated.
  for (const auto* names : {&comparison.only_in_baseline, &comparison.only_in_candidate}) {
    for (const std::string& name : *names) known.emplace_back(name, std::vector<std::string>());
  }
  for (const std::string& rule : policy.UnusedRules(known)) result.cannot_tell.push_back(rule);
}

Outcome OutcomeOf(const GateResult& result, const GateOptions& options) {
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
  if (comparison.itself) {
    result.cannot_tell.push_back("both sides are the same run: a gate on it can only pass");
    result.outcome = Outcome::kCannotTell;
    return result;
  }
  if (!comparison.context_differences.empty() && !options.across_contexts) {
    for (const std::string& line : comparison.context_differences)
      result.cannot_tell.push_back(line);
    result.cannot_tell.push_back(
        "runs from different contexts are not gated; --expect_difference=NAME,... allows what is "
        "meant to differ, --across_contexts everything");
    result.outcome = Outcome::kCannotTell;
    return result;
  }
  CheckRules(comparison, policy, result);
  const std::vector<const MetricComparison*> family = CollectTests(comparison, policy, result);
  if (family.empty() && result.cannot_tell.empty())
    result.cannot_tell.push_back("nothing is gated");
  CheckNumbers(comparison, family, options, result);
  JudgeFamily(family, options, result);
  CheckPolicy(comparison, policy, result);
  CheckAge(family, result);
  result.outcome = OutcomeOf(result, options);
  return result;
}

}  // namespace launch_compare
