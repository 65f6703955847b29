#include "compare/render/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "compare/input/utf8.h"

namespace launch_compare {
namespace {

// Returns true for control characters and for characters that reorder, hide or separate text.
bool MustBeEscaped(std::uint32_t c) {
  constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 11> kRanges = {{
      {0x00, 0x1f},
      {0x7f, 0x9f},
      {0x61c, 0x61c},      // Arabic letter mark
      {0x200b, 0x200b},    // zero width space
      {0x200e, 0x200f},    // left-to-right and right-to-left mark
      {0x2028, 0x202e},    // line and paragraph separators, embeddings, overrides
      {0x2060, 0x206f},    // invisible operators, isolates, deprecated format characters
      {0xfeff, 0xfeff},    // zero width no-break space
      {0xfff9, 0xfffb},    // interlinear annotations
      {0xfffe, 0xffff},    // noncharacters, illegal in XML
      {0xe0000, 0xe007f},  // tags
  }};
  return std::any_of(kRanges.begin(), kRanges.end(),
                     [&](const auto& range) { return c >= range.first && c <= range.second; });
}

template <typename Texts>
void MakePrintable(Texts& texts) {
  for (std::string& text : texts) text = Printable(text);
}

template <typename... Text>
void MakeAllPrintable(Text&... texts) {
  ((texts = Printable(texts)), ...);
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint c = DecodeUtf8(text);
    std::string piece(text.substr(0, c.bytes));
    if (c.bytes == 0 || (c.value < 0x80 && MustBeEscaped(c.value))) {
      piece = fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (MustBeEscaped(c.value)) {
      piece = fmt::format("\\u{:04x}", c.value);
    }
    if (out.size() + piece.size() > kLongestText) return out + "…";
    out += piece;
    text.remove_prefix(std::max<std::size_t>(c.bytes, 1));
  }
  return out;
}

Comparison Printable(Comparison comparison) {
  MakePrintable(comparison.baseline_paths);
  MakePrintable(comparison.candidate_paths);
  MakePrintable(comparison.only_in_baseline);
  MakePrintable(comparison.only_in_candidate);
  MakePrintable(comparison.context_differences);
  MakePrintable(comparison.expected_differences);
  MakePrintable(comparison.warnings);
  for (BenchmarkComparison& benchmark : comparison.benchmarks) {
    MakeAllPrintable(benchmark.name);
    MakePrintable(benchmark.failure_messages);
    MakePrintable(benchmark.missing_from);
    MakePrintable(benchmark.phase_errors);
    for (MetricComparison& metric : benchmark.metrics) {
      MakeAllPrintable(metric.metric);
      MakePrintable(metric.remarks);
    }
  }
  return comparison;
}

GateResult Printable(GateResult gate) {
  for (GatedTest& test : gate.tests) MakeAllPrintable(test.benchmark, test.metric, test.message);
  MakePrintable(gate.regressions);
  MakePrintable(gate.cannot_tell);
  MakePrintable(gate.undecided);
  MakePrintable(gate.notes);
  return gate;
}

Summary Printable(Summary table) {
  MakeAllPrintable(table.path, table.source, table.method, table.machines);
  for (SummaryRow& row : table.rows) MakeAllPrintable(row.technique);
  for (Saving& saving : table.savings)
    MakeAllPrintable(saving.variant, saving.baseline, saving.replay_assumes);
  MakePrintable(table.findings);
  MakePrintable(table.warnings);
  return table;
}

}  // namespace launch_compare
