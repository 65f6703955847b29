#include "compare/honesty_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace launch_compare {
namespace {

struct ContextCheck {
  const char* key;
  std::string_view shown;
};

constexpr std::array<ContextCheck, 9> kContextChecks = {{{"cloud", "cloud"},
                                                         {"modelled", "modelled latencies"},
                                                         {"region", "region"},
                                                         {"instance_type", "instance type"},
                                                         {"profile", "latency profile"},
                                                         {"time_scale", "time scale"},
                                                         {"rtt_ms", "round-trip time (ms)"},
                                                         {"concurrency", "concurrency"},
                                                         {"connections", "connection mode"}}};

struct LabelCheck {
  std::string Label::*value;
  std::string_view shown;
};

const std::array<LabelCheck, 3> kLabelChecks = {
    {{&Label::region, "region"}, {&Label::type, "instance type"}, {&Label::image, "image"}}};

std::optional<double> ToNumber(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

// Numbers by value ("1" is "1.0"). A round-trip time is measured in every run anew: it counts as
// another one only when it differs by a quarter and by more than a millisecond.
bool Differ(std::string_view key, std::string_view a, std::string_view b) {
  if (a == b) return false;
  const std::optional<double> x = ToNumber(a);
  const std::optional<double> y = ToNumber(b);
  if (!x || !y) return true;
  if (key != "rtt_ms") return *x != *y;
  return std::abs(*x - *y) > std::max(1.0, 0.25 * std::min(std::abs(*x), std::abs(*y)));
}

std::string Shown(std::string_view value) {
  return value.empty() ? "not stated" : std::string(value);
}

void CheckContexts(const std::vector<BenchmarkRun>& baseline,
                   const std::vector<BenchmarkRun>& candidate, std::vector<std::string>& lines) {
  std::vector<const BenchmarkRun*> runs;
  runs.reserve(baseline.size() + candidate.size());
  for (const BenchmarkRun& run : baseline) runs.push_back(&run);
  for (const BenchmarkRun& run : candidate) runs.push_back(&run);
  for (const ContextCheck& check : kContextChecks) {
    const std::string_view first = runs.front()->context_value(check.key);
    for (const BenchmarkRun* run : runs) {
      const std::string_view value = run->context_value(check.key);
      if (!Differ(check.key, first, value)) continue;
      lines.push_back(fmt::format("{} differs: {} in {}, {} in {}", check.shown, Shown(first),
                                  runs.front()->path, Shown(value), run->path));
      break;
    }
  }
}

// The values a benchmark's labels have, over all runs of a side: a run may spread over zones, not
// over types.
std::set<std::string> LabelValues(const std::vector<const Benchmark*>& runs,
                                  std::string Label::*value) {
  std::set<std::string> values;
  for (const Benchmark* benchmark : runs) {
    if (benchmark == nullptr) continue;
    for (const Label& label : benchmark->labels) {
      if (!(label.*value).empty()) values.insert(label.*value);
    }
  }
  return values;
}

// One line for each pair of values, naming one benchmark and counting the rest: ten thousand
// benchmarks must not make ten thousand warnings.
void CheckLabels(const std::vector<Pairing>& pairings, std::vector<std::string>& lines) {
  for (const LabelCheck& check : kLabelChecks) {
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> where;
    for (const Pairing& pairing : pairings) {
      const std::set<std::string> b = LabelValues(pairing.baseline, check.value);
      const std::set<std::string> c = LabelValues(pairing.candidate, check.value);
      if (b.empty() || c.empty() || b == c) continue;
      where[{fmt::format("{}", fmt::join(b, " and ")), fmt::format("{}", fmt::join(c, " and "))}]
          .push_back(pairing.name);
    }
    for (const auto& [values, names] : where) {
      const std::string more =
          names.size() > 1 ? fmt::format(" and {} more", names.size() - 1) : "";
      lines.push_back(fmt::format("{} differs: {} against {} in {}{}", check.shown, values.first,
                                  values.second, names.front(), more));
    }
  }
}

}  // namespace

std::vector<std::string> ContextDifferences(const std::vector<BenchmarkRun>& baseline,
                                            const std::vector<BenchmarkRun>& candidate,
                                            const std::vector<Pairing>& pairings) {
  std::vector<std::string> lines;
  CheckContexts(baseline, candidate, lines);
  CheckLabels(pairings, lines);
  return lines;
}

}  // namespace launch_compare
