#include "compare/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "compare/given_file.h"
#include "compare/input_error.h"
#include "compare/metric_kind.h"

namespace launch_compare {
namespace {

using nlohmann::json;

// A share as "5%" or 0.05, or a number of milliseconds.
double NonNegative(const json& value, bool is_share, const std::string& where) {
  if (is_share && value.is_string()) return ParseShare(value.get<std::string>(), where);
  if (!value.is_number() || value.get<double>() < 0) {
    throw InputError(fmt::format("{}: {} is no {}", where, value.dump(),
                                 is_share ? "share such as \"5%\"" : "number of milliseconds"));
  }
  return value.get<double>();
}

std::string Text(const json& value, const std::string& where) {
  if (!value.is_string()) throw InputError(fmt::format("{}: {} is no text", where, value.dump()));
  return value.get<std::string>();
}

}  // namespace

double ParseShare(const std::string& text, const std::string& where) {
  const bool percent = text.ends_with('%');
  const char* const end = text.data() + text.size() - (percent ? 1 : 0);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value) || value < 0) {
    throw InputError(fmt::format("{}: \"{}\" is no share such as 5% or 0.05", where, text));
  }
  return percent ? value / 100 : value;
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
      } else {
        throw InputError(
            here +
            ": not a setting (benchmark, metric, gate, max_regression, max_regression_ms, "
            "max_failure_rate_rise), or not true or false");
      }
    }
    if (!KindOf(rule.metric).lower_is_better) {
      throw InputError(fmt::format("{}: which way {} is better is not known: it cannot be gated",
                                   where, rule.metric));
    }
    rule.benchmark = Pattern(rule.expression, where);
    rules_.push_back(std::move(rule));
  }
}

GateRule Policy::RuleFor(const std::string& benchmark, std::string_view metric) const {
  GateRule result;
  result.gated = metric == "real_time";
  result.margin = margin_;
  for (const Rule& rule : rules_) {
    if (rule.metric != metric || !rule.benchmark->MatchesWhole(benchmark)) continue;
    result.gated = rule.gate;
    if (rule.relative >= 0) result.margin.relative = rule.relative;
    if (rule.milliseconds >= 0) result.margin.milliseconds = rule.milliseconds;
    if (rule.max_failure_rate_rise >= 0) result.max_failure_rate_rise = rule.max_failure_rate_rise;
  }
  return result;
}

std::vector<std::string> Policy::UnusedRules(const std::vector<std::string>& benchmarks) const {
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const bool used = std::any_of(
        benchmarks.begin(), benchmarks.end(),
        [&](const std::string& name) { return rules_[i].benchmark->MatchesWhole(name); });
    if (!used)
      unused.push_back(
          fmt::format("rule {} ({} {})", i + 1, rules_[i].expression, rules_[i].metric));
  }
  return unused;
}

}  // namespace launch_compare
