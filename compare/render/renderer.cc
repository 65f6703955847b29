#include "compare/render/renderer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "compare/judge/quantity.h"
#include "compare/render/printable.h"

namespace launch_compare {
namespace {

using Registry = std::map<std::string, std::unique_ptr<const Renderer>>;

Registry& Renderers() {
  static Registry registry;
  return registry;
}

}  // namespace

std::string TextRenderer::Render(const Comparison& comparison, const GateResult* gate,
                                 const Screen& screen) const {
  if (gate == nullptr) return RenderPrintable(Printable(comparison), nullptr, screen);
  const GateResult printable = Printable(*gate);
  return RenderPrintable(Printable(comparison), &printable, screen);
}

std::string TextRenderer::Render(const std::vector<Summary>& tables, const Screen& screen) const {
  std::vector<Summary> printable;
  for (const Summary& table : tables) printable.push_back(Printable(table));
  return RenderPrintable(printable, screen);
}

RendererRegistration::RendererRegistration(const std::string& format,
                                           std::unique_ptr<const Renderer> renderer) {
  Renderers().emplace(format, std::move(renderer));
}

const Renderer* FindRenderer(const std::string& format) {
  const auto entry = Renderers().find(format);
  return entry == Renderers().end() ? nullptr : entry->second.get();
}

std::vector<std::string> RendererFormats() {
  std::vector<std::string> formats;
  for (const auto& entry : Renderers()) formats.push_back(entry.first);
  return formats;
}

std::string MarkOf(bool modelled, bool virtual_machines) {
  std::vector<std::string> marks;
  if (modelled) marks.emplace_back("modelled");
  if (virtual_machines) marks.emplace_back("virtual machines");
  return fmt::format("{}", fmt::join(marks, ", "));
}

std::vector<std::string> MarkSentences(bool modelled, bool virtual_machines) {
  std::vector<std::string> sentences;
  if (modelled) {
    sentences.emplace_back(
        "MODELLED: these latencies come from a latency profile, not from a cloud; they say nothing "
        "about AWS.");
  }
  if (virtual_machines) {
    sentences.emplace_back(
        "MEASURED ON VIRTUAL MACHINES OF A HOST, NOT IN A CLOUD: these times are not comparable "
        "with AWS's.");
  }
  return sentences;
}

std::string ScopeSentence(const Comparison& comparison) {
  if (comparison.itself) {
    return "Both sides are the same run: it is compared with itself, and nothing can differ.";
  }
  if (comparison.by_run) {
    return fmt::format(
        "The run is the sampling unit: {} against {} runs, each counted once, by its median.",
        comparison.baseline_paths.size(), comparison.candidate_paths.size());
  }
  if (comparison.baseline_paths == comparison.candidate_paths) {
    return "Both sides come from one run: verdicts say what differs within it, in its hour, zone "
           "and on its hosts.";
  }
  if (comparison.interleaved) {
    return "Interleaved: the launches of both sides took turns in one session, so that what drifts "
           "with the hour is not in the difference; verdicts speak about that session.";
  }
  return "One run a side: verdicts say what differs between these two runs. Repetitions within a "
         "run share hour, "
         "zone and hosts; what differs between two configurations takes several runs of each.";
}

std::string CountVerdicts(const Comparison& comparison) {
  std::array<int, 7> counts{};
  for (const BenchmarkComparison& benchmark : comparison.benchmarks) {
    for (const MetricComparison& metric : benchmark.metrics) {
      if (metric.metric == "real_time" && metric.verdict)
        ++counts[static_cast<std::size_t>(*metric.verdict)];
    }
  }
  std::string text = fmt::format("{} slower, {} same, {} faster, {} undecided", counts[0],
                                 counts[1], counts[2], counts[3]);
  for (const Verdict verdict :
       {Verdict::kUnresolved, Verdict::kPerhapsSlower, Verdict::kPerhapsFaster}) {
    const int count = counts[static_cast<std::size_t>(verdict)];
    if (count > 0) text += fmt::format(", {} {}", count, Name(verdict));
  }
  return text;
}

std::vector<std::vector<std::string>> TableRows(const Summary& table, bool wide) {
  const bool with_p99 = wide && std::ranges::any_of(table.rows, [](const SummaryRow& row) {
                          return !std::isnan(row.p99);
                        });
  std::vector<std::string> headings = {"technique", "launches", "failed", "total", "p90"};
  if (with_p99) headings.emplace_back("p99");
  headings.emplace_back("max");
  if (wide) headings.insert(headings.end(), {"Pending->Running", "Boot->SSH"});
  // All rows have the same one.
  const bool with_cold = !table.rows.empty() && !std::isnan(table.rows.front().cold_total);
  if (with_cold) headings.emplace_back("vs Cold");
  std::vector<std::vector<std::string>> lines = {std::move(headings)};
  const auto time = [](double ms) {
    return std::isnan(ms) ? "N/A" : FormatValue(ms, MetricUnit::kMilliseconds);
  };
  for (const SummaryRow& row : table.rows) {
    std::vector<std::string>& cells = lines.emplace_back();
    cells = {row.technique, row.launches == 0 ? "aggregates" : std::to_string(row.launches),
             std::to_string(row.failures), time(row.total), time(row.p90)};
    if (with_p99) cells.push_back(time(row.p99));
    cells.push_back(time(row.maximum));
    if (wide) cells.insert(cells.end(), {time(row.pending_to_running), time(row.boot_to_ssh)});
    if (!with_cold) continue;
    cells.push_back(
        row.technique == "Cold" ? "-" : FormatRelative(row.total - row.cold_total, row.cold_total));
  }
  return lines;
}

const char* const kSavingsSentence =
    "Against the baseline, in pairs by repetition (Hodges-Lehmann; each interval by itself, of "
    "Wilcoxon's signed-rank test). Replayed: what the baseline's own steps give with the variant's "
    "edit (*: it assumes something).";

std::vector<std::vector<std::string>> SavingRows(const Summary& table, bool wide) {
  std::vector<std::vector<std::string>> lines;
  if (table.savings.empty()) return lines;
  lines.push_back(
      wide ? std::vector<std::string>{"variant", "against", "pairs", "change", "interval", "covers",
                                      "verdict", "replayed"}
           : std::vector<std::string>{"variant", "change", "interval", "verdict", "replayed"});
  constexpr MetricUnit kUnit = MetricUnit::kMilliseconds;
  for (const Saving& saving : table.savings) {
    std::vector<std::string>& cells = lines.emplace_back();
    const bool measured = saving.pairs > 0;
    if (wide) {
      cells = {saving.variant, saving.baseline, std::to_string(saving.pairs)};
    } else {
      cells = {saving.variant.substr(saving.variant.find('/') + 1)};
    }
    cells.push_back(measured ? FormatShift(saving.shift.shift, kUnit) : "-");
    cells.push_back(measured ? FormatInterval(saving.shift.lower, saving.shift.upper, kUnit) : "-");
    if (wide) cells.push_back(measured ? fmt::format("{:.1f}%", 100 * saving.shift.coverage) : "-");
    if (!measured) {
      cells.emplace_back(wide ? "not measured" : "-");
    } else if (saving.shift.reaches_confidence) {
      cells.emplace_back(ShortName(saving.verdict));
    } else {
      cells.emplace_back(wide ? "too few pairs" : "too few");
    }
    cells.push_back(FormatShift(saving.replayed, kUnit) +
                    (saving.replay_assumes.empty() ? "" : "*"));
  }
  return lines;
}

std::vector<std::string> ReplayLines(const Summary& table) {
  std::vector<std::string> lines;
  for (const Saving& saving : table.savings) {
    if (!saving.replay_assumes.empty())
      lines.push_back(fmt::format("{}: {}", saving.variant, saving.replay_assumes));
  }
  return lines;
}

bool NeedsRow(const MetricComparison& metric) {
  return metric.metric == "real_time" || !(metric.constant || metric.one_sided());
}

std::vector<std::string> RowlessLines(const BenchmarkComparison& benchmark) {
  std::array<std::vector<std::string>, 3> lists;
  for (const MetricComparison& m : benchmark.metrics) {
    if (NeedsRow(m)) continue;
    const bool in_baseline = !std::isnan(m.baseline.median);
    const double median = in_baseline ? m.baseline.median : m.candidate.median;
    lists[m.constant    ? 0
          : in_baseline ? 1
                        : 2]
        .push_back(fmt::format("{} {}", ShownName(m.metric), FormatValue(median, m.kind.unit)));
  }
  static constexpr std::array<const char*, 3> kHeadings = {"unchanged", "only in the baseline",
                                                           "only in the candidate"};
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (!lists[i].empty())
      lines.push_back(fmt::format("{}: {}", kHeadings[i], fmt::join(lists[i], ", ")));
  }
  return lines;
}

}  // namespace launch_compare
