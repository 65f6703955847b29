#include "compare/judge/policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "compare/input/given_file.h"
#include "compare/input/input_error.h"
#include "compare/input/nearest_name.h"
#include "compare/input/run.h"

namespace launch_compare {
namespace {

using nlohmann::json;

// Parses a share such as "5%" or 0.05, or a number of milliseconds.
double NonNegative(const json& value, bool is_share, const std::string& where) {
  if (is_share && value.is_string()) return ParseShare(value.get<std::string>(), where);
  if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > kLargestValue) {
    throw InputError(fmt::format("{}: {} is no {}", where, value.dump(),
                                 is_share ? "share such as \"5%\"" : "number of milliseconds"));
  }
  if (is_share) return ParseShare(value.dump(), where);
  return value.get<double>();
}

std::string Text(const json& value, const std::string& where) {
  if (!value.is_string()) throw InputError(fmt::format("{}: {} is no text", where, value.dump()));
  return value.get<std::string>();
}

const std::vector<std::string> kSettings = {
    "benchmark", "metric", "gate", "max_regression", "max_regression_ms", "max_failure_rate_rise",
    "direction"};

void CheckDirection(const std::string& metric, bool gate, Direction said,
                    const std::string& where) {
  const Direction known = KindOf(metric).better;
  if (known != Direction::kUnknown && said != Direction::kUnknown && said != known) {
    throw InputError(fmt::format("{}, direction: for {} {} is better, and nothing can change that",
                                 where, metric, known == Direction::kLower ? "lower" : "higher"));
  }
  if (!gate || known != Direction::kUnknown || said != Direction::kUnknown) return;
  throw InputError(fmt::format(
      "{}: which way {} is better is not known: say \"direction\": \"higher\" or \"lower\" to "
      "gate it (files call the total real_time, and a phase by its name and _ms)",
      where, metric));
}

}  // namespace

double Margin::Of(double baseline, MetricUnit unit) const {
  const double of_baseline = relative == 0 ? 0 : relative * std::abs(baseline);
  return unit == MetricUnit::kMilliseconds ? std::max(of_baseline, milliseconds) : of_baseline;
}

double ParseShare(const std::string& text, const std::string& where) {
  const bool percent = text.ends_with('%');
  const char* const end = text.data() + text.size() - (percent ? 1 : 0);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !(value >= 0 && value <= kLargestValue)) {
    throw InputError(fmt::format("{}: \"{}\" is no share such as 5% or 0.05", where, text));
  }
  if (!percent && value >= 1) {
    throw InputError(fmt::format("{}: {} would be {:g}%: write {}% or {:g}%", where, text,
                                 100 * value, text, 100 * value));
  }
  return percent ? value / 100 : value;
}

double ParseDuration(const std::string& text, const std::string& where) {
  const std::size_t digits = text.find_last_of("0123456789.") + 1;  // 0: none
  const std::string unit = text.substr(digits);
  const double factor = unit == "ms" ? 1 : unit == "s" ? 1e3 : unit == "m" ? 60e3 : 0;
  double value = 0;
  const char* const end = text.data() + digits;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const double milliseconds = value * factor;  // 0 if the unit is not known
  if (error != std::errc() || stop != end || !(milliseconds > 0 && milliseconds <= kLargestValue))
    throw InputError(fmt::format("{}: \"{}\" is no time such as 20s, 1500ms or 2m", where, text));
  return milliseconds;
}

void Policy::AddFile(const std::string& path) { AddJson(ReadGivenFile(path), path); }

void Policy::AddJson(const std::string& text, const std::string& path) {
  const json policy = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!policy.is_object() || policy.size() != 1 || !policy.contains("rules") ||
      !policy["rules"].is_array()) {
    throw InputError(path + ": not a policy: expected {\"rules\": [...]}");
  }
  for (const json& entry : policy["rules"]) {
    const std::string where = fmt::format("{}: rule {}", path, rules_.size() + 1);
    if (!entry.is_object() || !entry.contains("benchmark"))
      throw InputError(where + ": names no \"benchmark\"");
    Rule rule;
    for (const auto& [key, value] : entry.items()) {
      const std::string here = fmt::format("{}, {}", where, key);
      if (key == "benchmark") {
        rule.expression = Text(value, here);
      } else if (key == "metric") {
        rule.metric = Text(value, here);
      } else if (key == "gate" && value.is_boolean()) {
        rule.gate = value.get<bool>();
      } else if (key == "max_regression") {
        rule.relative = NonNegative(value, true, here);
      } else if (key == "max_regression_ms") {
        rule.milliseconds = NonNegative(value, false, here);
      } else if (key == "max_failure_rate_rise") {
        rule.max_failure_rate_rise = NonNegative(value, true, here);
      } else if (key == "direction" && (value == "lower" || value == "higher")) {
        rule.better = value == "lower" ? Direction::kLower : Direction::kHigher;
      } else if (key == "gate") {
        throw InputError(fmt::format("{}: {} is not true or false", here, value.dump()));
      } else if (key == "direction") {
        throw InputError(fmt::format("{}: {} is not \"lower\" or \"higher\"", here, value.dump()));
      } else {
        const std::string nearest = NearestName(key, kSettings);
        throw InputError(fmt::format("{}: there is no such setting{}", here,
                                     nearest.empty()
                                         ? fmt::format(": there are {}", fmt::join(kSettings, ", "))
                                         : Suggestion(nearest)));
      }
    }
    CheckDirection(rule.metric, rule.gate, rule.better, where);
    rule.benchmark = Pattern(rule.expression, where);
    rules_.push_back(std::move(rule));
  }
}

GateRule Policy::RuleFor(const std::string& benchmark, std::string_view metric) const {
  GateRule result;
  result.gated = metric == "real_time" || (gate_tail_ && metric == kSlowLaunches);
  result.margin = margin_;
  result.better = KindOf(metric).better;
  for (const Rule& rule : rules_) {
    if (rule.metric != metric || !rule.benchmark->MatchesWhole(benchmark)) continue;
    result.gated = rule.gate;
    if (rule.relative >= 0) result.margin.relative = rule.relative;
    if (rule.milliseconds >= 0) result.margin.milliseconds = rule.milliseconds;
    if (rule.better != Direction::kUnknown) result.better = rule.better;
    if (rule.max_failure_rate_rise >= 0) result.max_failure_rate_rise = rule.max_failure_rate_rise;
  }
  return result;
}

std::vector<std::string> Policy::UnusedRules(const Known& known) const {
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    std::vector<std::string> names;
    std::vector<std::string> metrics;
    bool is_used = false;  // true if it matches a benchmark whose metrics are not checked
    for (const auto& [name, its_metrics] : known) {
      names.push_back(name);
      if (!rule.benchmark->MatchesWhole(name)) continue;
      is_used = is_used || its_metrics.empty();
      metrics.insert(metrics.end(), its_metrics.begin(), its_metrics.end());
    }
    if (is_used) continue;
    const std::string which =
        fmt::format("policy rule {} ({} {})", i + 1, rule.expression, rule.metric);
    if (metrics.empty()) {
      unused.push_back(fmt::format("{}: matches no benchmark{}", which,
                                   Suggestion(NearestName(rule.expression, names))));
    } else if (std::find(metrics.begin(), metrics.end(), rule.metric) == metrics.end()) {
      const bool tail = rule.metric == kP90 || rule.metric == kP99 || rule.metric == kSlowLaunches;
      unused.push_back(tail ? which + ": needs more launches a side (10; for p99, 100)"
                            : fmt::format("{}: no file has this metric{}", which,
                                          Suggestion(NearestName(rule.metric, metrics))));
    }
  }
  return unused;
}

}  // namespace launch_compare
