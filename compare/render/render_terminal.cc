// The format "terminal".
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "compare/judge/quantity.h"
#include "compare/render/renderer.h"
#include "compare/render/text_table.h"

namespace launch_compare {
namespace {

constexpr const char* kRed = "\x1b[31m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kBold = "\x1b[1m";

// From this width on, a comparison also shows p-value, effect and the interval's coverage.
constexpr std::size_t kWide = 150;

// From this width on, a run's table also has p99 and phases.
constexpr std::size_t kWideTable = 110;

const char* ColourOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSlower:
    case Verdict::kPerhapsSlower:
      return kRed;
    case Verdict::kFaster:
    case Verdict::kPerhapsFaster:
      return kGreen;
    case Verdict::kUndecided:
    case Verdict::kUnresolved:
      return kYellow;
    case Verdict::kSame:
      break;
  }
  return "";
}

class TerminalRenderer : public TextRenderer {
 protected:
  std::string RenderPrintable(const Comparison& comparison, const GateResult* gate,
                              const Screen& screen) const override;
  std::string RenderPrintable(const std::vector<Summary>& tables,
                              const Screen& screen) const override;
};

std::string Coloured(const std::string& text, const char* sequence, bool colour) {
  return colour ? sequence + text + "\x1b[0m" : text;
}

// Returns a line of `lead` and `text`, wrapped if the screen wants that.
std::string Sentence(const std::string& lead, const std::string& text, const Screen& screen) {
  const std::string line = lead + text;
  if (!screen.wrap) return line + "\n";
  const std::size_t margin =
      line.find_first_not_of(' ') == std::string::npos ? 0 : line.find_first_not_of(' ') + 2;
  return Wrap(line, screen.columns, margin) + "\n";
}

std::string Warning(const char* word, const std::string& text, const Screen& screen) {
  std::string line = Sentence(word, " " + text, screen);
  return Coloured(word, kYellow, screen.colour) + line.substr(std::string(word).size());
}

// `marked` is a comparison or a summary.
template <typename Marked>
std::string MarkLines(const Marked& marked, const Screen& screen) {
  std::string lines;
  for (const std::string& text : MarkSentences(marked.modelled, marked.virtual_machines)) {
    const std::string line = Sentence("", text, screen);
    lines += Coloured(line.substr(0, line.size() - 1), kYellow, screen.colour) + "\n";
  }
  return lines;
}

Cell VerdictCell(const MetricComparison& m, bool colour) {
  if (!m.verdict) return {""};
  return {std::string(ShortName(*m.verdict)), colour ? ColourOf(*m.verdict) : ""};
}

std::vector<Cell> WideRow(const MetricComparison& m, bool colour) {
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
    row.push_back({FormatEffect(m.test->cliffs_delta)});
  }
  row.push_back(VerdictCell(m, colour));
  return row;
}

const std::vector<Cell> kWideHeader = {{""},       {"baseline"}, {"candidate"}, {"shift"},
                                       {""},       {"interval"}, {"covers"},    {"p"},
                                       {"effect"}, {"verdict"}};

// Shows money with few digits and without a unit, because the metric's name has the unit.
std::string NarrowValue(double value, MetricUnit unit) {
  const bool is_money = unit == MetricUnit::kUsd && std::isfinite(value);
  return is_money ? fmt::format("{:.3g}", value) : FormatValue(value, unit);
}

std::vector<Cell> NarrowRow(const MetricComparison& m, bool colour) {
  const MetricUnit unit = m.kind.unit;
  std::vector<Cell> row = {{std::string(ShownName(m.metric))},
                           {NarrowValue(m.baseline.median, unit)},
                           {NarrowValue(m.candidate.median, unit)}};
  if (!m.shift) {
    row.insert(row.end(), 2, {"-"});
  } else if (unit == MetricUnit::kShare) {  // a difference of shares is in percentage points
    row.push_back({FormatShift(m.shift->shift, unit)});
    row.push_back({FormatInterval(m.shift->lower, m.shift->upper, unit)});
  } else {
    row.push_back({FormatRelative(m.shift->shift, m.baseline.median)});
    row.push_back({FormatRelativeInterval(m.shift->lower, m.shift->upper, m.baseline.median)});
  }
  row.push_back(VerdictCell(m, colour));
  return row;
}

const std::vector<Cell> kNarrowHeader = {{""},      {"baseline"}, {"candidate"},
                                         {"shift"}, {"interval"}, {"verdict"}};

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

// Returns true for metrics that a narrow table shows in one line below: they have no verdict and
// describe how the launch was measured.
bool IsAside(const MetricComparison& m) { return !m.verdict && m.metric != kMaximum; }

std::string RenderMetrics(const BenchmarkComparison& b, const Screen& screen) {
  const bool wide = screen.columns >= kWide;
  std::vector<std::vector<Cell>> rows = {wide ? kWideHeader : kNarrowHeader};
  std::vector<std::string> asides;
  for (const MetricComparison& m : b.metrics) {
    if (!NeedsRow(m)) continue;
    if (wide) {
      rows.push_back(WideRow(m, screen.colour));
    } else if (!IsAside(m)) {
      rows.push_back(NarrowRow(m, screen.colour));
    } else {
      asides.push_back(fmt::format("{} {} against {}", m.metric,
                                   FormatValue(m.baseline.median, m.kind.unit),
                                   FormatValue(m.candidate.median, m.kind.unit)));
    }
  }
  std::string out = FormatColumns(rows, 2);
  if (!asides.empty())
    out += Sentence("    without a verdict: ", fmt::format("{}", fmt::join(asides, ", ")), screen);
  return out;
}

std::string TerminalBenchmark(const BenchmarkComparison& b, const Comparison& comparison,
                              const Screen& screen) {
  const std::string mark = MarkOf(comparison.modelled, comparison.virtual_machines);
  std::string out =
      fmt::format("\n{}  ({}){}\n", Coloured(b.name, kBold, screen.colour), Sides(b, comparison),
                  mark.empty() ? "" : fmt::format("  [{}]", mark));
  out += RenderMetrics(b, screen);
  const auto list = [&](const std::string& lead, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) out += Sentence("    " + lead, line, screen);
  };
  list("", RowlessLines(b));
  list("a repetition failed: ", b.failure_messages);
  list("missing from ", b.missing_from);
  list("phases do not add up: ", b.phase_errors);
  std::vector<std::string> detectable;
  for (const MetricComparison& m : b.metrics) {
    if (!NeedsRow(m)) continue;
    list(fmt::format("{}: ", ShownName(m.metric)), m.remarks);
    if (!m.detectable || m.verdict != Verdict::kUndecided) continue;
    std::string shown =
        fmt::format("{} {}", ShownName(m.metric), FormatValue(*m.detectable, m.kind.unit));
    if (const std::string share = FormatRelative(*m.detectable, m.baseline.median); share != "-")
      shown += fmt::format(" ({})", share.substr(1));
    detectable.push_back(std::move(shown));
  }
  if (!detectable.empty()) {
    out += Sentence(
        "    undecided; with this spread, the smallest difference that would have got a verdict: ",
        fmt::format("{}", fmt::join(detectable, ", ")), screen);
  }
  return out;
}

std::string RenderGate(const GateResult& gate, const Screen& screen) {
  std::string out;
  const auto list = [&](const char* heading, const std::vector<std::string>& lines) {
    for (const std::string& line : lines)
      out += Sentence(fmt::format("  {}: ", heading), line, screen);
  };
  list("regression", gate.regressions);
  list("cannot tell", gate.cannot_tell);
  list("undecided", gate.undecided);
  list("note", gate.notes);
  const char* sequence = gate.outcome == Outcome::kPass         ? kGreen
                         : gate.outcome == Outcome::kRegression ? kRed
                                                                : kYellow;
  return fmt::format("\nGate: {} ({} comparison{} gated)\n{}",
                     Coloured(std::string(Name(gate.outcome)), sequence, screen.colour),
                     gate.tests.size(), gate.tests.size() == 1 ? "" : "s", out);
}

std::string TerminalRenderer::RenderPrintable(const Comparison& comparison, const GateResult* gate,
                                              const Screen& screen) const {
  std::string out = fmt::format("{} -> {}\n", fmt::join(comparison.baseline_paths, ", "),
                                fmt::join(comparison.candidate_paths, ", "));
  out += Sentence("", ScopeSentence(comparison), screen);
  out += MarkLines(comparison, screen);
  for (const std::string& line : comparison.context_differences)
    out += Warning("warning:", line, screen);
  for (const std::string& line : comparison.expected_differences)
    out += Sentence("as expected: ", line, screen);
  for (const std::string& line : comparison.warnings) out += Warning("warning:", line, screen);
  for (const BenchmarkComparison& b : comparison.benchmarks)
    out += TerminalBenchmark(b, comparison, screen);
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
  if (!comparison.benchmarks.empty()) {
    const char* unit = comparison.by_run ? "run" : "launch";
    out += Sentence("shift: ",
                    fmt::format("median of all differences between a candidate's and a baseline's "
                                "{}, not the difference of the two medians",
                                unit),
                    screen);
  }
  if (gate != nullptr) out += RenderGate(*gate, screen);
  return out;
}

std::string TerminalSavings(const Summary& table, const Screen& screen) {
  std::vector<std::vector<Cell>> rows;
  for (const std::vector<std::string>& line : SavingRows(table, screen.columns >= kWideTable)) {
    std::vector<Cell>& cells = rows.emplace_back();
    for (const std::string& text : line) cells.push_back({text});
  }
  if (rows.empty()) return "";
  std::string out = Sentence("", kSavingsSentence, screen) + FormatColumns(rows, 2);
  for (const std::string& line : ReplayLines(table)) out += Sentence("  * ", line, screen);
  return out;
}

std::string TerminalRenderer::RenderPrintable(const std::vector<Summary>& tables,
                                              const Screen& screen) const {
  std::string out;
  for (const Summary& table : tables) {
    if (!out.empty()) out += '\n';
    out += Coloured(table.path, kBold, screen.colour) + "\n";
    out += MarkLines(table, screen);
    if (!table.machines.empty()) out += Sentence("machines: ", table.machines, screen);
    if (!table.source.empty()) out += Sentence("source: ", table.source, screen);
    if (!table.method.empty()) out += Sentence("method: ", table.method, screen);
    for (const std::string& line : table.warnings) out += Warning("warning:", line, screen);
    std::vector<std::vector<Cell>> rows;
    for (const std::vector<std::string>& line : TableRows(table, screen.columns >= kWideTable)) {
      std::vector<Cell>& cells = rows.emplace_back();
      for (const std::string& text : line) cells.push_back({text});
    }
    out += FormatColumns(rows, 2) + TerminalSavings(table, screen);
    if (!table.findings.empty())
      out += table.modelled
                 ? "Findings (modelled: the ranking is an input of the profile, not a result):\n"
                 : "Findings:\n";
    for (const std::string& finding : table.findings) out += Sentence("  - ", finding, screen);
  }
  return out;
}

const RendererRegistration kTerminalRegistration("terminal", std::make_unique<TerminalRenderer>());

}  // namespace
}  // namespace launch_compare
