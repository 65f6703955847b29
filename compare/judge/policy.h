// What is gated, and how much slower counts as nothing.
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
  double relative = 0.05;   // of the baseline's median
  double milliseconds = 0;  // for times; the larger of the two holds

  // In `unit`, of `baseline`. NaN or infinite where `baseline` is (no launch of it succeeded),
  // unless nothing is relative.
  double Of(double baseline, MetricUnit unit) const;
};

// What holds for one metric of one benchmark.
struct GateRule {
  bool gated = false;
  Margin margin;
  double max_failure_rate_rise =
      0;  // of real_time's rule: how far the share of failed launches may rise
  Direction better = Direction::kUnknown;  // as the name or a rule says
};

// Without a file: real_time of every benchmark is gated (and slow_launches with GateTail), counters
// are not, and one margin holds for all. A file adds rules; the last that matches wins, setting by
// setting:
//   {"rules": [{"benchmark": "Burst/.*", "max_regression": "10%", "max_regression_ms": 250},
//              {"benchmark": ".*", "metric": "api_calls", "max_regression": "0%"},
//              {"benchmark": "Cache", "metric": "hits", "direction": "higher"},
//              {"benchmark": "Region/.*", "gate": false}]}
// benchmark: an extended regular expression for the whole name as it is shown. metric: real_time
// unless given. gate: true unless given, so that naming a counter gates it.
class Policy {
 public:
  explicit Policy(Margin margin = {}) : margin_(margin) {}

  // Throw InputError on anything but the above: a misspelt setting must not quietly open the gate.
  void AddFile(const std::string& path);
  void AddJson(const std::string& text, const std::string& path);

  void GateTail() { gate_tail_ = true; }

  GateRule RuleFor(const std::string& benchmark, std::string_view metric) const;

  // What was compared: each benchmark's name, and the metrics that either side has of it (none: of
  // one side only, where no metric is missed).
  using Known = std::vector<std::pair<std::string, std::vector<std::string>>>;

  // One line for each rule whose benchmark or metric is not there, with the nearest that is.
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

// "5%" or "0.05" -> 0.05. A number of 1 or more without % is refused: 5 may mean 5%. Throws
// InputError, which starts with `where`.
double ParseShare(const std::string& text, const std::string& where);

// "20s", "1500ms" or "2m" -> milliseconds, above 0. Throws InputError, which starts with `where`.
double ParseDuration(const std::string& text, const std::string& where);

}  // namespace launch_compare
