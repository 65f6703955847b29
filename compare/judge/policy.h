// Which metrics are gated, and with which margins.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/input/metric_kind.h"
#include "compare/input/pattern.h"

namespace launch_compare {

struct Margin {
  double relative = 0.05;   // share of the baseline's median
  double milliseconds = 0;  // for times; the larger of the two counts

  // Returns the margin in `unit` for a baseline's median. NaN or infinite if `baseline` is (no
  // launch succeeded), unless the relative margin is 0.
  double Of(double baseline, MetricUnit unit) const;
};

// The settings for one metric of one benchmark.
struct GateRule {
  bool gated = false;
  Margin margin;
  // Only in the rule of real_time: by how much the share of failed launches may rise.
  double max_failure_rate_rise = 0;
  Direction better = Direction::kUnknown;  // from the metric's name or from a rule
};

// Without a file, real_time of every benchmark is gated (with GateTail() also slow_launches),
// counters are not, and all have the same margin. A file adds rules. For each setting, the last
// rule that matches wins:
//   {"rules": [{"benchmark": "Burst/.*", "max_regression": "10%", "max_regression_ms": 250},
//              {"benchmark": ".*", "metric": "api_calls", "max_regression": "0%"},
//              {"benchmark": "Cache", "metric": "hits", "direction": "higher"},
//              {"benchmark": "Region/.*", "gate": false}]}
// benchmark: an extended regular expression that must match the whole name as it is shown.
// metric: real_time by default. gate: true by default, so that a rule for a counter gates it.
class Policy {
 public:
  explicit Policy(Margin margin = {}) : margin_(margin) {}

  // Both throw InputError for anything else: a misspelt setting must not silently open the gate.
  void AddFile(const std::string& path);
  void AddJson(const std::string& text, const std::string& path);

  void GateTail() { gate_tail_ = true; }

  GateRule RuleFor(const std::string& benchmark, std::string_view metric) const;

  // Each benchmark's name with the metrics that either side has for it. No metrics: the benchmark
  // is on one side only, and rules for it are not checked.
  using Known = std::vector<std::pair<std::string, std::vector<std::string>>>;

  // Returns one line for each rule whose benchmark or metric does not exist, with the nearest name
  // that does.
  std::vector<std::string> UnusedRules(const Known& known) const;

 private:
  struct Rule {
    std::string expression;
    std::optional<Pattern> benchmark;
    std::string metric = "real_time";
    bool gate = true;
    double relative = -1;  // negative: not set
    double milliseconds = -1;
    double max_failure_rate_rise = -1;
    Direction better = Direction::kUnknown;
  };

  Margin margin_;
  bool gate_tail_ = false;
  std::vector<Rule> rules_;
};

// Parses "5%" or "0.05" as 0.05. Throws InputError, which starts with `where`, for other texts, for
// more than kLargestValue, and for a number of 1 or more without %: 5 may mean 5%.
double ParseShare(const std::string& text, const std::string& where);

// Parses "20s", "1500ms" or "2m". Returns milliseconds, more than 0 and at most kLargestValue.
// Throws InputError, which starts with `where`.
double ParseDuration(const std::string& text, const std::string& where);

}  // namespace launch_compare
