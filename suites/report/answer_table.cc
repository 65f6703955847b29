#include "suites/report/answer_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>

namespace suites {
namespace {

constexpr double kHoursPerMonth = 730;  // as on AWS's price pages
constexpr std::size_t kAnswerNameWidth = 28;
constexpr std::size_t kAnswerCellWidth = 11;
constexpr std::size_t kCountWidth = 7;

using Cells = std::vector<std::string>;

std::string Milliseconds(std::optional<double> value) {
  return value ? fmt::format("{:.1f}", *value) : "-";
}

std::string Usd(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

// Returns "3", or "2 of 3" if one failed. Interrupted launches are not results.
std::string Count(const TechniqueResult& result) {
  const std::size_t ended = result.succeeded.size() + result.failed.size();
  if (result.failed.empty()) return std::to_string(ended);
  return fmt::format("{} of {}", result.succeeded.size(), ended);
}

Cells CellsOf(const TechniqueResult& result, const ConsoleStyle& style) {
  const auto totals = result.Totals();
  std::optional<Statistics> statistics;
  if (!totals.empty()) statistics = Describe(totals);
  const auto of = [&](double Statistics::*field) {
    return Milliseconds(statistics ? std::optional((*statistics).*field) : std::nullopt);
  };
  Cells cells{of(&Statistics::median),
              Milliseconds(statistics ? Percentile(totals, 0.9) : std::nullopt)};
  if (style.wide()) {
    cells.push_back(of(&Statistics::minimum));
    cells.push_back(of(&Statistics::maximum));
  }
  auto idle = result.MedianOf("usd_idle_per_hour");
  if (idle) *idle *= kHoursPerMonth;
  cells.push_back(Usd(result.MedianOf("usd"), 5));
  cells.push_back(Usd(idle, 2));
  return cells;
}

std::string AnswerRow(const std::string& name, const Cells& cells, const std::string& count) {
  std::string row = fmt::format("{:<{}}", name, kAnswerNameWidth);
  // A long name gets its own line.
  if (name.size() >= kAnswerNameWidth) row = name + "\n" + std::string(kAnswerNameWidth, ' ');
  for (const std::string& cell : cells) row += fmt::format("{:>{}}", cell, kAnswerCellWidth);
  return row + fmt::format("{:>{}}", count, kCountWidth);
}

void PrintAnswerRow(std::ostream& out, const std::string& row, Emphasis emphasis,
                    const ConsoleStyle& style) {
  const auto end = row.find('\n');
  style.Print(out, row.substr(0, end), emphasis);
  if (end != std::string::npos) style.Print(out, row.substr(end + 1), emphasis);
}

}  // namespace

void PrintAnswer(std::ostream& out, std::span<const TechniqueResult> results,
                 const std::string& mark, const ConsoleStyle& style) {
  Cells first{"median", "p90"};
  Cells second{"ms", "ms"};
  if (style.wide()) {
    first.insert(first.end(), {"min", "max"});
    second.insert(second.end(), {"ms", "ms"});
  }
  first.insert(first.end(), {"USD per", "USD per"});
  second.insert(second.end(), {"launch", "idle month"});
  const std::string title = mark.empty() ? "Results" : fmt::format("Results ({})", mark);
  style.Print(out, AnswerRow(title, first, "n"), Emphasis::kHeading);
  style.Print(out, AnswerRow("", second, ""), Emphasis::kHeading);
  bool lacks_p90 = false;
  for (const TechniqueResult& result : results) {
    PrintAnswerRow(out, AnswerRow(result.name, CellsOf(result, style), Count(result)),
                   result.failed.empty() ? Emphasis::kNone : Emphasis::kFailure, style);
    lacks_p90 = lacks_p90 || (!result.succeeded.empty() && !Percentile(result.Totals(), 0.9));
  }
  if (lacks_p90) {
    style.PrintWrapped(
        out, fmt::format("p90 takes {} launches of a technique.", 10 * kSamplesBeyondPercentile));
  }
}

}  // namespace suites
