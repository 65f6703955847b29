#include "suites/report/launch_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "suites/report/error_hints.h"

namespace suites {
namespace {

using fixtures::Clock;
using fixtures::Phase;
using fixtures::Sample;
using fixtures::Timeline;
using fixtures::ToMilliseconds;

constexpr std::size_t kLaunchNameWidth = 23;
constexpr std::size_t kLaunchCellWidth = 19;  // "16028.0 (-16028.0)" and a blank

// Returns "531.0 (-20.9)": the true value may be lower by the number in brackets.
std::string Cell(Clock::duration time, Clock::duration resolution) {
  std::string cell = fmt::format("{:.1f}", ToMilliseconds(time));
  if (resolution > resolution.zero()) cell += fmt::format(" (-{:.1f})", ToMilliseconds(resolution));
  return cell;
}

std::string TotalCell(const Timeline& timeline) {
  return Cell(timeline.total(), timeline.total_resolution().value_or(Clock::duration::zero()));
}

std::string PhaseCell(const Phase* phase) {
  if (phase == nullptr) return "-";
  return Cell(phase->duration, phase->polled ? phase->resolution : Clock::duration::zero());
}

template <typename CellOf>
void PrintLaunchRow(std::ostream& out, const std::string& name,
                    std::span<const Sample* const> launches, const ConsoleStyle& style,
                    CellOf cell_of) {
  std::string row = fmt::format("{:<{}}", name, kLaunchNameWidth);
  for (std::size_t i = 0; i < launches.size(); ++i)
    row += fmt::format(" {:>{}}", cell_of(i), kLaunchCellWidth - 1);
  style.Print(out, row);
}

std::string CounterCell(const Sample& launch, const std::string& name) {
  const auto value = launch.counters.find(name + "_ms");
  if (value == launch.counters.end()) return "-";
  std::string cell = fmt::format("{:.1f}", value->second);
  const auto bound = launch.counters.find(name + "_resolution_ms");
  if (bound != launch.counters.end()) cell += fmt::format(" (-{:.1f})", bound->second);
  return cell;
}

// What the guests told of their boots. These are no parts of the phases above.
void PrintGuestRows(std::ostream& out, std::span<const Sample* const> launches,
                    const ConsoleStyle& style) {
  const std::vector<std::string> phases = GuestPhasesIn(launches);
  if (phases.empty()) return;
  style.Print(out, "  guest");
  for (const std::string& phase : phases) {
    PrintLaunchRow(out, GuestPhaseIndent(phase) + phase, launches, style,
                   [&](std::size_t i) { return CounterCell(*launches[i], phase); });
  }
}

// `first` is the number of the first of `launches`.
void PrintSome(std::ostream& out, std::size_t first, std::span<const Sample* const> launches,
               const ConsoleStyle& style) {
  PrintLaunchRow(out, "  launch", launches, style, [&](std::size_t i) { return first + i; });
  PrintLaunchRow(out, "  total", launches, style,
                 [&](std::size_t i) { return TotalCell(*launches[i]->timeline); });
  for (const Phase& phase : launches.front()->timeline->phases()) {
    PrintLaunchRow(out, "    " + phase.name, launches, style, [&](std::size_t i) {
      return PhaseCell(launches[i]->timeline->find(phase.name));
    });
  }
  PrintGuestRows(out, launches, style);
  if (std::ranges::any_of(launches, [](const Sample* launch) { return IsUnverified(*launch); })) {
    PrintLaunchRow(out, "    machine", launches, style,
                   [&](std::size_t i) { return IsUnverified(*launches[i]) ? "unverified" : ""; });
  }
}

// The numbers of the launches that failed with the same text, in the order of the first of each.
std::vector<std::pair<std::string, std::vector<std::size_t>>> GroupByFailure(
    const TechniqueResult& result) {
  std::vector<std::pair<std::string, std::vector<std::size_t>>> groups;
  std::size_t number = result.succeeded.size();
  for (const Sample* sample : result.failed) {
    auto group =
        std::ranges::find(groups, sample->failure, [](const auto& one) { return one.first; });
    if (group == groups.end()) group = groups.insert(groups.end(), {sample->failure, {}});
    group->second.push_back(++number);
  }
  return groups;
}

// "launch 2", "launches 2, 4-9"
std::string LaunchesText(const std::vector<std::size_t>& numbers) {
  std::string text = numbers.size() == 1 ? "launch " : "launches ";
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += (i == 0 ? "" : ", ") + std::to_string(numbers[i]);
    if (last > i) text += "-" + std::to_string(numbers[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace

void PrintLaunches(std::ostream& out, std::span<const TechniqueResult> results,
                   const ConsoleStyle& style) {
  const std::size_t room = std::max<std::size_t>(
      (std::max(style.width, kPlainWidth) - kLaunchNameWidth) / kLaunchCellWidth, 1);
  out << "\n";
  style.Print(out, "Launches (ms; (-x): the mark at its end lies at most x ms earlier)",
              Emphasis::kHeading);
  for (const TechniqueResult& result : results) {
    if (result.succeeded.empty()) continue;
    style.Print(out, result.name);
    const std::span<const Sample* const> launches = result.succeeded;
    for (std::size_t i = 0; i < launches.size(); i += room) {
      PrintSome(out, i + 1, launches.subspan(i, std::min(room, launches.size() - i)), style);
    }
  }
}

void PrintFailures(std::ostream& out, std::span<const TechniqueResult> results,
                   const ConsoleStyle& style) {
  const bool some = std::ranges::any_of(
      results, [](const TechniqueResult& result) { return !result.failed.empty(); });
  if (!some) return;
  out << '\n';
  std::set<std::string> hints;
  for (const TechniqueResult& result : results) {
    for (const auto& [failure, numbers] : GroupByFailure(result)) {
      style.Print(out,
                  fmt::format("{}, {} failed: {}", result.name, LaunchesText(numbers), failure),
                  Emphasis::kFailure);
      if (auto hint = HintFor(failure); !hint.empty()) hints.insert(std::move(hint));
    }
  }
  for (const std::string& hint : hints) style.Print(out, "  hint: " + hint, Emphasis::kWarning);
}

}  // namespace suites
