#include "suites/report/phase_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>

namespace suites {
namespace {

using fixtures::Phase;
using fixtures::Sample;
using fixtures::ToMilliseconds;

std::string PhaseRow(const std::string& name, const std::vector<std::string>& cells,
                     const std::string& count, const std::vector<std::string>& more) {
  std::string row = fmt::format("{:<28}", name);
  for (const std::string& cell : cells) row += fmt::format("{:>11}", cell);
  row += fmt::format("{:>6}", count);
  for (const std::string& cell : more) row += fmt::format("{:>11}", cell);
  return row;
}

void PrintValues(std::ostream& out, const std::string& name, const std::vector<double>& values,
                 std::optional<double> resolution, const ConsoleStyle& style) {
  const auto text = [](std::optional<double> value) {
    return value ? fmt::format("{:.1f}", *value) : "";
  };
  const Statistics statistics = Describe(values);
  std::vector<std::string> more;
  if (style.wide()) {
    for (const double p : {0.9, 0.99}) more.push_back(text(Percentile(values, p)));
  }
  style.Print(out, PhaseRow(name,
                            {text(statistics.median), text(statistics.minimum),
                             text(statistics.maximum), text(resolution)},
                            std::to_string(statistics.count), more));
}

std::string Title(const TechniqueResult& result) {
  std::string title = result.name;
  if (!result.failed.empty()) title += fmt::format("  ({} failed)", result.failed.size());
  if (result.interrupted > 0) title += fmt::format("  ({} interrupted)", result.interrupted);
  if (result.unverified > 0) title += fmt::format("  ({} unverified)", result.unverified);
  return title;
}

// What the guests told of their boots. These are no parts of the phases above.
void PrintGuestPhases(std::ostream& out, const TechniqueResult& result, const ConsoleStyle& style) {
  const std::vector<std::string> phases = GuestPhasesIn(result.succeeded);
  if (phases.empty()) return;
  style.Print(out, "  guest");
  for (const std::string& phase : phases) {
    const std::vector<double> bounds = result.ValuesOf(phase + "_resolution_ms");
    PrintValues(out, GuestPhaseIndent(phase) + phase, result.ValuesOf(phase + "_ms"),
                bounds.empty() ? std::nullopt : std::optional(std::ranges::max(bounds)), style);
  }
}

void PrintTechnique(std::ostream& out, const TechniqueResult& result, const ConsoleStyle& style) {
  style.Print(out, Title(result));
  std::optional<double> total_resolution;
  for (const Sample* sample : result.succeeded) {
    if (const auto bound = sample->timeline->total_resolution())
      total_resolution = std::max(total_resolution.value_or(0), ToMilliseconds(*bound));
  }
  PrintValues(out, "  total", result.Totals(), total_resolution, style);
  for (const Phase& phase : result.succeeded.front()->timeline->phases()) {
    std::vector<double> durations;
    double worst_resolution = 0;
    for (const Sample* sample : result.succeeded) {
      const Phase* same = sample->timeline->find(phase.name);
      if (same == nullptr) continue;
      durations.push_back(ToMilliseconds(same->duration));
      worst_resolution = std::max(worst_resolution, ToMilliseconds(same->resolution));
    }
    PrintValues(out, "    " + phase.name, durations,
                phase.polled ? std::optional(worst_resolution) : std::nullopt, style);
  }
  PrintGuestPhases(out, result, style);
}

}  // namespace

void PrintPhases(std::ostream& out, std::span<const TechniqueResult> results,
                 const ConsoleStyle& style) {
  const bool some = std::ranges::any_of(
      results, [](const TechniqueResult& result) { return !result.succeeded.empty(); });
  if (!some) return;
  out << '\n';
  std::vector<std::string> more;
  if (style.wide()) more = {"p90", "p99"};
  style.Print(out, PhaseRow("Phases (ms)", {"median", "min", "max", "resolution"}, "n", more),
              Emphasis::kHeading);
  for (const TechniqueResult& result : results) {
    if (!result.succeeded.empty()) PrintTechnique(out, result, style);
  }
  style.PrintWrapped(
      out,
      "resolution: the mark that ends the phase, or the total, lies at most this much "
      "earlier (worst launch).");
}

}  // namespace suites
