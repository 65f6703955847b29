#include "suites/report/fleet_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

namespace suites {
namespace {

using fixtures::Sample;
using fixtures::ToMilliseconds;

constexpr char kPrefix[] = "Fleet/";

std::vector<std::string> Words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string Note(const Sample& sample, const std::string& name) {
  const auto found = sample.notes.find(name);
  return found == sample.notes.end() ? "" : found->second;
}

// Returns the fastest launch of each fleet, in the order in which the fleets first ended.
std::vector<const Sample*> Fastest(std::span<const Sample> samples) {
  std::vector<const Sample*> fastest;
  for (const Sample& sample : samples) {
    if (!sample.ok || !sample.benchmark.starts_with(kPrefix)) continue;
    const auto same = std::ranges::find_if(
        fastest, [&](const Sample* other) { return other->benchmark == sample.benchmark; });
    if (same == fastest.end()) {
      fastest.push_back(&sample);
    } else if (sample.timeline->total() < (*same)->timeline->total()) {
      *same = &sample;
    }
  }
  return fastest;
}

const Sample* BaselineOf(const Sample& sample, std::span<const Sample* const> fleets) {
  const auto baseline = std::ranges::find_if(
      fleets, [&](const Sample* other) { return other->benchmark == Note(sample, "baseline"); });
  return baseline == fleets.end() ? nullptr : *baseline;
}

// Returns one launch of each fleet. Launches with the same repetition number have the same modelled
// durations, so the variants' are those of the baseline's fastest repetition.
std::vector<const Sample*> OneOfEach(std::span<const Sample> samples) {
  const std::vector<const Sample*> fastest = Fastest(samples);
  std::vector<const Sample*> chosen = fastest;
  for (const Sample*& one : chosen) {
    const Sample* baseline = BaselineOf(*one, fastest);
    if (baseline == nullptr) continue;
    const auto pair = std::ranges::find_if(samples, [&](const Sample& other) {
      return other.ok && other.benchmark == one->benchmark &&
             other.repetition == baseline->repetition;
    });
    if (pair != samples.end()) one = &*pair;
  }
  return chosen;
}

void PrintSteps(std::ostream& out, const Sample& sample, const ConsoleStyle& style) {
  const auto modelled = Words(Note(sample, "modelled"));
  const auto path = Words(Note(sample, "critical_path"));
  style.Print(out, fmt::format("    {:<26}{:>10}{:>10}", "step (ms)", "took", "slack"));
  for (const auto& [name, value] : sample.counters) {
    if (!name.starts_with("step_")) continue;
    const std::string step = name.substr(5, name.size() - 8);
    const auto slack = sample.counters.find("slack_" + step + "_ms");
    const bool is_modelled = std::ranges::find(modelled, step) != modelled.end();
    const bool on_path = std::ranges::find(path, step) != path.end();
    style.Print(
        out,
        fmt::format("    {:<26}{:>10.1f}{:>10}  {}{}", step, value,
                    slack == sample.counters.end() ? "off" : fmt::format("{:.1f}", slack->second),
                    on_path ? "on the path " : "", is_modelled ? "modelled" : ""));
  }
}

// Returns what the baseline's measured graph gives with the variant's edit; empty if the baseline
// does not tell.
std::string Replayed(const Sample& sample, const Sample& baseline) {
  const std::string variant = sample.benchmark.substr(sizeof kPrefix - 1);
  const auto replayed = baseline.counters.find("replayed_" + variant + "_ms");
  if (replayed == baseline.counters.end()) return "";
  const std::string assumes = Note(sample, "replay_assumes");
  return fmt::format("replayed from the baseline's graph: {:.1f} ms ({:+.1f}){}", replayed->second,
                     replayed->second - ToMilliseconds(baseline.timeline->total()),
                     assumes.empty() ? "" : "; assumes: " + assumes);
}

// Returns how the total changed, and if the changed steps were on the baseline's critical path.
std::string Verdict(const Sample& sample, const Sample& baseline) {
  const auto path = Words(Note(baseline, "critical_path"));
  std::vector<std::string> on_path;
  for (const std::string& step : Words(Note(sample, "touched"))) {
    if (std::ranges::find(path, step) != path.end()) on_path.push_back(step);
  }
  const double before = ToMilliseconds(baseline.timeline->total());
  const double after = ToMilliseconds(sample.timeline->total());
  return fmt::format("{:.1f} -> {:.1f} ms ({:+.1f}); {}", before, after, after - before,
                     on_path.empty()
                         ? "what it changed was not on the baseline's critical path"
                         : fmt::format("on the baseline's path: {}", fmt::join(on_path, ", ")));
}

// `baseline` is the sample to compare with: `sample` itself if it is the baseline, null if the
// baseline was not run.
void PrintFleet(std::ostream& out, const Sample& sample, const Sample* baseline,
                const ConsoleStyle& style) {
  const auto print = [&](const std::string& text) {
    style.PrintWrapped(out, "    " + text, Emphasis::kNone, 6);
  };
  const auto counter = [&](const char* name) {
    const auto found = sample.counters.find(name);
    return found == sample.counters.end() ? 0.0 : found->second;
  };
  style.Print(out, sample.benchmark);
  const bool is_baseline = sample.benchmark == Note(sample, "baseline");
  if (!is_baseline) print("changed: " + Note(sample, "changed"));
  if (!is_baseline && baseline != nullptr) {
    print(Verdict(sample, *baseline));
    if (const std::string replayed = Replayed(sample, *baseline); !replayed.empty())
      print(replayed);
    print("critical path before: " + Note(*baseline, "critical_path"));
  }
  print((is_baseline ? "critical path: " : "critical path after: ") +
        Note(sample, "critical_path"));
  std::string total = fmt::format("total {:.1f} ms, of which modelled {:.1f}",
                                  ToMilliseconds(sample.timeline->total()), counter("modelled_ms"));
  if (sample.counters.contains("tasks_done")) {
    total += fmt::format(
        "; tasks: median {:.1f} ms, coefficient of variation {:.3f}; tasks claimed again after a "
        "runner was lost: {:.0f}",
        counter("task_median_ms"), counter("task_cv"), counter("reclaims"));
  }
  print(total);
  if (const std::string workload = Note(sample, "workload"); !workload.empty())
    print("workload: " + workload);
  if (const std::string stand_in = Note(sample, "stand_in"); !stand_in.empty()) print(stand_in);
  PrintSteps(out, sample, style);
}

}  // namespace

void PrintFleetReport(std::ostream& out, std::span<const Sample> samples,
                      const ConsoleStyle& style) {
  const auto fleets = OneOfEach(samples);
  if (fleets.empty()) return;
  out << '\n';
  style.PrintWrapped(out,
                     "Fleets. Shown is one repetition: the one in which the baseline was fastest. "
                     "`modelled` marks steps in which a guest command only slept, as long as the "
                     "profile says. launch_compare table compares all repetitions.",
                     Emphasis::kHeading);
  style.PrintWrapped(out,
                     "took: from a step's first start to its last end, over all runners. Steps of "
                     "different runners overlap, so these times do not add up to the total.");
  for (const Sample* sample : fleets) PrintFleet(out, *sample, BaselineOf(*sample, fleets), style);
}

}  // namespace suites
