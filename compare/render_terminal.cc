// For reading in a terminal.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compare/quantity.h"
#include "compare/renderer.h"
#include "compare/text_table.h"

namespace launch_compare {
namespace {

constexpr const char* kRed = "\x1b[31m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kBold = "\x1b[1m";

const char* ColourOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSlower:
      return kRed;
    case Verdict::kFaster:
      return kGreen;
    case Verdict::kUndecided:
      return kYellow;
    case Verdict::kSame:
      break;
  }
  return "";
}

class TerminalRenderer : public TextRenderer {
 protected:
  std::string RenderPrintable(const Comparison& comparison, const GateResult* gate,
                              bool colour) const override;
  std::string RenderPrintable(const std::vector<Summary>& tables, bool colour) const override;
};

std::string Coloured(const std::string& text, const char* sequence, bool colour) {
  return colour ? sequence + text + "\x1b[0m" : text;
}

std::vector<Cell> MetricRow(const MetricComparison& m, bool colour) {
  const MetricUnit unit = m.kind.unit;
  std::vector<Cell> row = {{std::string(ShownName(m.metric))},
                           {FormatValue(m.baseline.median, unit)},
                           {FormatValue(m.candidate.median, unit)}};
  if (!m.shift) {
    for (int i = 0; i < 6; ++i) row.push_back({"-"});
  } else {
    row.push_back({FormatShift(m.shift->shift, unit)});
    row.push_back({FormatRelative(m.shift->shift, m.baseline.median)});
    row.push_back({FormatInterval(m.shift->lower, m.shift->upper, unit)});
    row.push_back({fmt::format("{:.1f}%", 100 * m.shift->coverage)});
    row.push_back({FormatP(m.test->p_value)});
    row.push_back({fmt::format("{:+.2f}", m.test->cliffs_delta)});
  }
  row.push_back(m.verdict ? Cell{std::string(Name(*m.verdict)), colour ? ColourOf(*m.verdict) : ""}
                          : Cell{""});
  return row;
}

std::string Sides(const BenchmarkComparison& b, const Comparison& comparison) {
  std::string text =
      fmt::format("{} against {} repetitions", b.baseline_launches, b.candidate_launches);
  if (comparison.by_run) {
    text += fmt::format(" in {} against {} runs", comparison.baseline_paths.size(),
                        comparison.candidate_paths.size());
  }
  if (b.baseline_failures + b.candidate_failures > 0) {
    text += fmt::format("; failed: {} against {}", b.baseline_failures, b.candidate_failures);
  }
  return text;
}

std::string RenderBenchmark(const BenchmarkComparison& b, const Comparison& comparison,
                            bool colour) {
  std::string out = fmt::format("\n{}  ({}){}\n", Coloured(b.name, kBold, colour),
                                Sides(b, comparison), comparison.modelled ? "  [modelled]" : "");
  std::vector<std::vector<Cell>> rows = {{{""},
                                          {"baseline"},
                                          {"candidate"},
                                          {"shift"},
                                          {""},
                                          {"interval"},
                                          {"covers"},
                                          {"p"},
                                          {"effect"},
                                          {"verdict"}}};
  std::string remarks;
  for (const MetricComparison& m : b.metrics) {
    if (!NeedsRow(m)) continue;
    rows.push_back(MetricRow(m, colour));
    for (const std::string& remark : m.remarks)
      remarks += fmt::format("    {}: {}\n", ShownName(m.metric), remark);
    if (m.detectable) {
      remarks +=
          fmt::format("    {}: undecided; these samples would have shown a difference of {} ({})\n",
                      ShownName(m.metric), FormatValue(*m.detectable, m.kind.unit),
                      FormatRelative(*m.detectable, m.baseline.median).substr(1));
    }
  }
  out += FormatColumns(rows, 2);
  for (const std::string& line : RowlessLines(b)) out += fmt::format("    {}\n", line);
  for (const std::string& message : b.failure_messages)
    out += fmt::format("    a repetition failed: {}\n", message);
  for (const std::string& path : b.missing_from) out += fmt::format("    missing from {}\n", path);
  for (const std::string& error : b.phase_errors)
    out += fmt::format("    phases do not add up: {}\n", error);
  return out + remarks;
}

std::string RenderGate(const GateResult& gate, bool colour) {
  std::string out;
  const auto list = [&](const char* heading, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) out += fmt::format("  {}: {}\n", heading, line);
  };
  list("regression", gate.regressions);
  list("cannot tell", gate.cannot_tell);
  list("undecided", gate.undecided);
  list("note", gate.notes);
  const char* sequence = gate.outcome == Outcome::kPass         ? kGreen
                         : gate.outcome == Outcome::kRegression ? kRed
                                                                : kYellow;
  return fmt::format("\nGate: {} ({} comparison{} gated)\n{}",
                     Coloured(std::string(Name(gate.outcome)), sequence, colour), gate.tests.size(),
                     gate.tests.size() == 1 ? "" : "s", out);
}

std::string TerminalRenderer::RenderPrintable(const Comparison& comparison, const GateResult* gate,
                                              bool colour) const {
  std::string out = fmt::format("{} -> {}\n", fmt::join(comparison.baseline_paths, ", "),
                                fmt::join(comparison.candidate_paths, ", "));
  out += ScopeSentence(comparison) + "\n";
  if (comparison.modelled) out += Coloured(kModelledSentence, kYellow, colour) + "\n";
  for (const std::string& line : comparison.context_differences)
    out += fmt::format("{} {}\n", Coloured("warning:", kYellow, colour), line);
  for (const std::string& line : comparison.warnings)
    out += fmt::format("{} {}\n", Coloured("warning:", kYellow, colour), line);
  for (const BenchmarkComparison& b : comparison.benchmarks)
    out += RenderBenchmark(b, comparison, colour);
  if (!comparison.only_in_baseline.empty())
    out +=
        fmt::format("\nOnly in the baseline: {}\n", fmt::join(comparison.only_in_baseline, ", "));
  if (!comparison.only_in_candidate.empty())
    out +=
        fmt::format("\nOnly in the candidate: {}\n", fmt::join(comparison.only_in_candidate, ", "));
  out += fmt::format("\nTotals: {}{}\n", CountVerdicts(comparison),
                     comparison.by_run || comparison.interleaved ||
                             comparison.baseline_paths == comparison.candidate_paths
                         ? ""
                         : " (differs between these two runs)");
  if (gate != nullptr) out += RenderGate(*gate, colour);
  return out;
}

std::string TerminalRenderer::RenderPrintable(const std::vector<Summary>& tables,
                                              bool colour) const {
  std::string out;
  for (const Summary& table : tables) {
    if (!out.empty()) out += '\n';
    out += Coloured(table.path, kBold, colour) + "\n";
    if (table.modelled) out += Coloured(kModelledSentence, kYellow, colour) + "\n";
    if (!table.source.empty()) out += "source: " + table.source + "\n";
    if (!table.method.empty()) out += "method: " + table.method + "\n";
    for (const std::string& line : table.warnings)
      out += fmt::format("{} {}\n", Coloured("warning:", kYellow, colour), line);
    std::vector<std::vector<Cell>> rows = {{{"technique"},
                                            {"launches"},
                                            {"failed"},
                                            {"total"},
                                            {"Pending->Running"},
                                            {"Boot->SSH"},
                                            {"vs Cold"}}};
    for (const std::vector<std::string>& row : TableRows(table)) {
      std::vector<Cell>& cells = rows.emplace_back();
      for (const std::string& text : row) cells.push_back({text});
    }
    out += FormatColumns(rows, 2);
    if (!table.findings.empty())
      out += table.modelled
                 ? "Findings (modelled: the ranking is an input of the profile, not a result):\n"
                 : "Findings:\n";
    for (const std::string& finding : table.findings) out += fmt::format("  - {}\n", finding);
  }
  return out;
}

const RendererRegistration kRegistration("terminal", std::make_unique<TerminalRenderer>());

}  // namespace
}  // namespace launch_compare
