// What is gated, and how much slower counts as nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/pattern.h"

namespace launch_compare {

struct Margin {
  double relative = 0.05;   // of the baseline's median
  double milliseconds = 0;  // for times; the larger of the two holds
};

// What holds for one metric of one benchmark.
struct GateRule {
  bool gated = false;
  Margin margin;
  double max_failure_rate_rise =
      0;  // of real_time's rule: how far the share of failed launches may rise
};

// Without a file: real_time of every benchmark is gated, counters are not, and one margin holds for
// all. A file adds rules; the last that matches wins, setting by setting:
//   {"rules": [{"benchmark": "Burst/.*", "max_regression": "10%", "max_regression_ms": 250},
//              {"benchmark": ".*", "metric": "api_calls", "max_regression": "0%"},
//              {"benchmark": "Region/.*", "gate": false}]}
// benchmark: an extended regular expression for the whole name, library suffixes hidden. metric:
// real_time unless given. gate: true unless given, so that naming a counter gates it.
class Policy {
 public:
  explicit Policy(Margin margin = {}) : margin_(margin) {}

  // Throw InputError on anything but the above: a misspelt setting must not quietly open the gate.
  void AddFile(const std::string& path);
  void AddJson(const std::string& text, const std::string& path);

  GateRule RuleFor(const std::string& benchmark, std::string_view metric) const;

  // "rule 2 (Colt api_calls)" for each rule that matches none of the benchmarks.
  std::vector<std::string> UnusedRules(const std::vector<std::string>& benchmarks) const;

 private:
  struct Rule {
    std::string expression;
    std::optional<Pattern> benchmark;
    std::string metric = "real_time";
    bool gate = true;
    double relative = -1;  // negative: not set
    double milliseconds = -1;
    double max_failure_rate_rise = -1;
  };

  Margin margin_;
  std::vector<Rule> rules_;
};

// "5%" or "0.05" -> 0.05. Throws InputError, which starts with `where`.
double ParseShare(const std::string& text, const std::string& where);

}  // namespace launch_compare
