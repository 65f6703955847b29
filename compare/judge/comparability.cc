#include "compare/judge/comparability.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace launch_compare {
namespace {

struct ContextCheck {
  std::string_view name;  // --expect_difference
  const char* key;
  std::string_view shown;
};

constexpr ContextCheck kContextChecks[] = {
    {"cloud", "cloud", "cloud"},
    {"modelled", "modelled", "modelled latencies"},
    {"virtual_machines", "virtual_machines", "kind of local virtual machines"},
    {"region", "region", "region"},
    {"instance_type", "instance_type", "instance type"},
    {"profile", "profile", "latency profile"},
    {"time_scale", "time_scale", "time scale"},
    {"rtt", "rtt_ms", "round-trip time (ms)"},
    {"concurrency", "concurrency", "concurrency"},
    {"connections", "connections", "connection mode"}};

// For runs on virtual machines of a host: their times depend on all of these.
constexpr ContextCheck kVirtualMachineChecks[] = {
    {"accelerator", "accelerator", "accelerator"},
    {"qemu_version", "qemu_version", "QEMU version"},
    {"host_cpu", "host_cpu", "host CPU"},
    {"host_cpus", "host_cpus", "number of host CPUs"},
    {"guest_image", "guest_image_description", "guest image"},
    {"guests", "guests", "guests' CPUs and memory"}};

// For programs that measure the machine on which they run. A launch does not depend on it.
constexpr ContextCheck kMachineChecks[] = {
    {"host", "host_name", "host"},
    {"cpus", "num_cpus", "number of CPUs"},
    {"cpu_mhz", "mhz_per_cpu", "CPU clock (MHz)"},
    {"cpu_scaling", "cpu_scaling_enabled", "CPU clock scaling"},
    {"build_type", "library_build_type", "build type of the library"},
    {"executable", "executable", "executable"}};

// Does not prevent a comparison, because the error bounds of the marks already include its effect.
constexpr ContextCheck kPollInterval = {"poll_interval", "poll_interval_ms", "poll interval (ms)"};

struct LabelCheck {
  std::string_view name;
  std::string Label::*value;
  std::string_view shown;
};

// Without the zone, because the launches of a run may spread over zones.
const LabelCheck kLabelChecks[] = {{"region", &Label::region, "region"},
                                   {"instance_type", &Label::type, "instance type"},
                                   {"image", &Label::image, "image"}};

std::optional<double> ToNumber(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

// Returns true if the values differ. Numbers are compared by value ("1" equals "1.0"). Every run
// measures its round-trip time anew: it differs only by more than a quarter and more than a
// millisecond. Likewise the CPU clock differs only by more than a tenth. The directory of an
// executable does not matter.
bool Differ(std::string_view key, std::string_view a, std::string_view b) {
  if (a == b) return false;
  if (key == "executable")
    return a.substr(a.find_last_of('/') + 1) != b.substr(b.find_last_of('/') + 1);
  const std::optional<double> x = ToNumber(a);
  const std::optional<double> y = ToNumber(b);
  if (!x || !y) return true;
  const double least = std::min(std::abs(*x), std::abs(*y));
  if (key == "rtt_ms") return std::abs(*x - *y) > std::max(1.0, 0.25 * least);
  if (key == "mhz_per_cpu") return std::abs(*x - *y) > 0.1 * least;
  return *x != *y;
}

std::string Shown(std::string_view value) {
  return value.empty() ? "not stated" : std::string(value);
}

using Runs = std::vector<const BenchmarkRun*>;

void CheckContext(const ContextCheck& check, const Runs& runs,
                  std::vector<ContextDifference>& differences) {
  const std::string_view first = runs.front()->context_value(check.key);
  for (const BenchmarkRun* run : runs) {
    const std::string_view value = run->context_value(check.key);
    if (!Differ(check.key, first, value)) continue;
    differences.push_back({std::string(check.name),
                           fmt::format("{} differs: {} in {}, {} in {}", check.shown, Shown(first),
                                       runs.front()->path, Shown(value), run->path)});
    return;
  }
}

Runs AllRuns(const std::vector<BenchmarkRun>& baseline,
             const std::vector<BenchmarkRun>& candidate) {
  Runs runs;
  for (const BenchmarkRun& run : baseline) runs.push_back(&run);
  for (const BenchmarkRun& run : candidate) runs.push_back(&run);
  return runs;
}

// Returns the values that a benchmark's labels have in all runs of a side.
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

// Adds one line for each pair of values, which names one benchmark and counts the rest: ten
// thousand benchmarks must not cause ten thousand warnings.
void CheckLabels(const std::vector<Pairing>& pairings,
                 std::vector<ContextDifference>& differences) {
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
      differences.push_back(
          {std::string(check.name), fmt::format("{} differs: {} against {} in {}{}", check.shown,
                                                values.first, values.second, names.front(), more)});
    }
  }
}

}  // namespace

const std::vector<std::string>& ExpectableDifferences() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const ContextCheck& check : kContextChecks) all.emplace_back(check.name);
    for (const ContextCheck& check : kVirtualMachineChecks) all.emplace_back(check.name);
    for (const ContextCheck& check : kMachineChecks) all.emplace_back(check.name);
    for (const LabelCheck& check : kLabelChecks) {
      if (std::find(all.begin(), all.end(), check.name) == all.end()) all.emplace_back(check.name);
    }
    return all;
  }();
  return names;
}

std::vector<ContextDifference> ContextDifferences(const std::vector<BenchmarkRun>& baseline,
                                                  const std::vector<BenchmarkRun>& candidate,
                                                  const std::vector<Pairing>& pairings) {
  std::vector<ContextDifference> differences;
  const Runs runs = AllRuns(baseline, candidate);
  for (const ContextCheck& check : kContextChecks) CheckContext(check, runs, differences);
  if (std::all_of(runs.begin(), runs.end(), std::mem_fn(&BenchmarkRun::on_virtual_machines))) {
    for (const ContextCheck& check : kVirtualMachineChecks) CheckContext(check, runs, differences);
  }
  const bool launches = std::any_of(runs.begin(), runs.end(), [](const BenchmarkRun* run) {
    return !run->context_value("cloud").empty();
  });
  if (!launches) {
    for (const ContextCheck& check : kMachineChecks) CheckContext(check, runs, differences);
  }
  CheckLabels(pairings, differences);
  return differences;
}

std::string PollIntervalWarning(const std::vector<BenchmarkRun>& baseline,
                                const std::vector<BenchmarkRun>& candidate) {
  std::vector<ContextDifference> differences;
  CheckContext(kPollInterval, AllRuns(baseline, candidate), differences);
  if (differences.empty()) return "";
  return differences.front().line + ": one side's marks are found later than the other's";
}

}  // namespace launch_compare
