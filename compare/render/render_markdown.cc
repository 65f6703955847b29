// The format "markdown", for the comment on a pull request or the summary of a CI job.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "compare/judge/quantity.h"
#include "compare/render/renderer.h"

namespace launch_compare {
namespace {

class MarkdownRenderer : public TextRenderer {
 protected:
  std::string RenderPrintable(const Comparison& comparison, const GateResult* gate,
                              const Screen& screen) const override;
  std::string RenderPrintable(const std::vector<Summary>& tables,
                              const Screen& screen) const override;
};

// A zero-width space: breaks a word invisibly, so that it cannot become a link or a mention.
constexpr std::string_view kBreak = "&#8203;";

// Names and messages come from files. A pipe in them must not break the table, and markup must stay
// text. Nothing may become a link, or a mention of a user or an issue.
std::string EscapeMarkdown(std::string_view text) {
  std::string out;
  char before = ' ';
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (std::string_view("|`*_[]\\~$!").find(c) != std::string_view::npos) {
      out += '\\';
      out += c;
    } else if (c == '@' || c == '#') {
      out += c;
      out += kBreak;
    } else {
      if ((c == '/' && before == ':') || (c == '.' && (before == 'w' || before == 'W')))
        out += kBreak;  // https://, www.
      out += c;
    }
    before = c;
  }
  return out;
}

std::string Line(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string Header(const std::vector<std::string>& cells) {
  std::string rule = "|---|";
  for (std::size_t i = 1; i < cells.size(); ++i) rule += "--:|";
  return Line(cells) + rule + "\n";
}

// The first `texts` cells of a row are names from a file.
std::string MarkdownTable(const std::vector<std::vector<std::string>>& lines, std::size_t texts) {
  std::string out = Header(lines.front());
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::vector<std::string> cells = lines[i];
    for (std::size_t j = 0; j < texts; ++j) cells[j] = EscapeMarkdown(cells[j]);
    out += Line(cells);
  }
  return out;
}

std::string List(const std::vector<std::string>& lines, const std::string& lead) {
  std::string out;
  for (const std::string& line : lines) out += fmt::format("- {}{}\n", lead, EscapeMarkdown(line));
  return out;
}

std::string MetricLine(const MetricComparison& m) {
  const MetricUnit unit = m.kind.unit;
  std::vector<std::string> cells = {EscapeMarkdown(ShownName(m.metric)),
                                    FormatValue(m.baseline.median, unit),
                                    FormatValue(m.candidate.median, unit)};
  if (m.shift) {
    cells.push_back(fmt::format("{} ({})", FormatShift(m.shift->shift, unit),
                                FormatRelative(m.shift->shift, m.baseline.median)));
    cells.push_back(fmt::format("{} ({:.1f}%)",
                                FormatInterval(m.shift->lower, m.shift->upper, unit),
                                100 * m.shift->coverage));
    cells.push_back(FormatP(m.test->p_value));
    cells.push_back(FormatEffect(m.test->cliffs_delta));
  } else {
    cells.insert(cells.end(), 4, "-");
  }
  std::string verdict = m.verdict ? std::string(Name(*m.verdict)) : "";
  if (m.detectable)
    verdict += fmt::format(" (would have shown {})", FormatValue(*m.detectable, unit));
  if (m.verdict == Verdict::kSlower || m.verdict == Verdict::kFaster)
    verdict = "**" + verdict + "**";
  cells.push_back(verdict);
  return Line(cells);
}

// `marked` is a comparison or a summary.
template <typename Marked>
std::string MarkQuotes(const Marked& marked) {
  std::string quotes;
  for (const std::string& text : MarkSentences(marked.modelled, marked.virtual_machines))
    quotes += fmt::format("> **{}**\n\n", text);
  return quotes;
}

std::string MarkdownBenchmark(const BenchmarkComparison& b, const std::string& mark) {
  std::string out = fmt::format("\n### {}{}\n\n{} against {} repetitions", EscapeMarkdown(b.name),
                                mark.empty() ? "" : fmt::format(" ({})", mark), b.baseline_launches,
                                b.candidate_launches);
  if (b.baseline_failures + b.candidate_failures > 0) {
    out += fmt::format("; failed: {} against {}", b.baseline_failures, b.candidate_failures);
  }
  out += "\n\n" + Header({"", "baseline", "candidate", "shift", "interval (covers)", "p", "effect",
                          "verdict"});
  std::string notes;
  for (const MetricComparison& m : b.metrics) {
    if (!NeedsRow(m)) continue;
    out += MetricLine(m);
    notes += List(m.remarks, EscapeMarkdown(ShownName(m.metric)) + ": ");
  }
  notes += List(RowlessLines(b), "");
  notes += List(b.failure_messages, "a repetition failed: ") +
           List(b.missing_from, "missing from ") + List(b.phase_errors, "phases do not add up: ");
  return notes.empty() ? out : out + "\n" + notes;
}

std::string MarkdownRenderer::RenderPrintable(const Comparison& comparison, const GateResult* gate,
                                              const Screen& /*screen*/) const {
  std::string out =
      fmt::format("## {} → {}\n\n",
                  EscapeMarkdown(fmt::format("{}", fmt::join(comparison.baseline_paths, ", "))),
                  EscapeMarkdown(fmt::format("{}", fmt::join(comparison.candidate_paths, ", "))));
  if (gate != nullptr) {
    out += fmt::format("**Gate: {}** ({} gated)\n\n", Name(gate->outcome), gate->tests.size());
    const std::string reasons = List(gate->regressions, "regression: ") +
                                List(gate->cannot_tell, "cannot tell: ") +
                                List(gate->undecided, "undecided: ") + List(gate->notes, "note: ");
    if (!reasons.empty()) out += reasons + "\n";
  }
  out += MarkQuotes(comparison);
  out += ScopeSentence(comparison) + "\n";
  const std::string warnings = List(comparison.context_differences, "warning: ") +
                               List(comparison.expected_differences, "as expected: ") +
                               List(comparison.warnings, "warning: ");
  if (!warnings.empty()) out += "\n" + warnings;
  out += fmt::format("\nTotals: {}\n", CountVerdicts(comparison));
  for (const BenchmarkComparison& b : comparison.benchmarks)
    out += MarkdownBenchmark(b, MarkOf(comparison.modelled, comparison.virtual_machines));
  if (!comparison.only_in_baseline.empty()) {
    out += fmt::format(
        "\nOnly in the baseline: {}\n",
        EscapeMarkdown(fmt::format("{}", fmt::join(comparison.only_in_baseline, ", "))));
  }
  if (!comparison.only_in_candidate.empty()) {
    out += fmt::format(
        "\nOnly in the candidate: {}\n",
        EscapeMarkdown(fmt::format("{}", fmt::join(comparison.only_in_candidate, ", "))));
  }
  return out;
}

std::string MarkdownRenderer::RenderPrintable(const std::vector<Summary>& tables,
                                              const Screen& /*screen*/) const {
  std::string out;
  for (const Summary& table : tables) {
    out += fmt::format("{}## {}\n\n", out.empty() ? "" : "\n", EscapeMarkdown(table.path));
    out += MarkQuotes(table);
    if (!table.machines.empty()) out += "Machines: " + EscapeMarkdown(table.machines) + "\n\n";
    if (!table.source.empty()) out += "Source: " + EscapeMarkdown(table.source) + "\n\n";
    if (!table.method.empty()) out += "Method: " + EscapeMarkdown(table.method) + "\n\n";
    if (!table.warnings.empty()) out += List(table.warnings, "warning: ") + "\n";
    out += MarkdownTable(TableRows(table, true), 1);
    if (!table.savings.empty()) {
      out += fmt::format("\n{}\n\n", EscapeMarkdown(kSavingsSentence));
      out += MarkdownTable(SavingRows(table, true), 2);
      if (const auto lines = ReplayLines(table); !lines.empty())
        out += "\n" + List(lines, "replayed ");
    }
    if (table.findings.empty()) continue;
    out += table.modelled
               ? "\nFindings (modelled: the ranking is an input of the profile, not a result):\n\n"
               : "\nFindings:\n\n";
    out += List(table.findings, "");
  }
  return out;
}

const RendererRegistration kMarkdownRegistration("markdown", std::make_unique<MarkdownRenderer>());

}  // namespace
}  // namespace launch_compare
