// Output formats. A new format is one new file, with a class and its registration.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "compare/judge/comparison.h"
#include "compare/judge/gate.h"
#include "compare/judge/summary.h"

namespace launch_compare {

// The place where the text is shown.
struct Screen {
  bool colour = false;
  std::size_t columns = 80;  // the width of tables
  bool wrap = false;         // wrap sentences at the same width; false if programs read the lines
};

class Renderer {
 public:
  Renderer() = default;
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;
  virtual ~Renderer() = default;

  // `gate` is null if nothing is gated.
  virtual std::string Render(const Comparison& comparison, const GateResult* gate,
                             const Screen& screen) const = 0;
  // Throws InputError if the format has no tables.
  virtual std::string Render(const std::vector<Summary>& tables, const Screen& screen) const = 0;
};

// A format for people. Makes all texts printable (printable.h) before it renders them.
class TextRenderer : public Renderer {
 public:
  std::string Render(const Comparison& comparison, const GateResult* gate,
                     const Screen& screen) const final;
  std::string Render(const std::vector<Summary>& tables, const Screen& screen) const final;

 protected:
  virtual std::string RenderPrintable(const Comparison& comparison, const GateResult* gate,
                                      const Screen& screen) const = 0;
  virtual std::string RenderPrintable(const std::vector<Summary>& tables,
                                      const Screen& screen) const = 0;
};

// Create one per format, at namespace scope, so that it registers before main().
class RendererRegistration {
 public:
  RendererRegistration(const std::string& format, std::unique_ptr<const Renderer> renderer);
};

// Returns nullptr if there is no such format.
const Renderer* FindRenderer(const std::string& format);
std::vector<std::string> RendererFormats();  // sorted

// Sentences that all formats share.
// Returns what the verdicts apply to: two runs, two configurations, one session, ...
std::string ScopeSentence(const Comparison& comparison);
// Returns what marks tables of times that are not from a cloud: "modelled", "virtual machines",
// both with a comma between them, or "".
std::string MarkOf(bool modelled, bool virtual_machines);
// Returns the sentences that say what the marks mean.
std::vector<std::string> MarkSentences(bool modelled, bool virtual_machines);
// Returns "1 slower, 2 same, 0 faster, 3 undecided".
std::string CountVerdicts(const Comparison& comparison);

// Returns the cells of a summary, the headings first: technique, launches, failed, total, p90, max
// and, if the run has Cold, vs Cold. A wide table also has Pending->Running, Boot->SSH and, if a
// technique has one, p99.
std::vector<std::vector<std::string>> TableRows(const Summary& table, bool wide);

// Returns the cells of a summary's savings, the headings first; none if there are no savings. Only
// a wide table has the baseline, the number of pairs and the coverage; a narrow one has short
// names.
std::vector<std::vector<std::string>> SavingRows(const Summary& table, bool wide);
// Returns the line above them, and the lines below: what the replays assume.
extern const char* const kSavingsSentence;
std::vector<std::string> ReplayLines(const Summary& table);

// Returns false for metrics that have the same single value on both sides, and for metrics that one
// side lacks. Returns true for real_time in any case.
bool NeedsRow(const MetricComparison& metric);

// Returns the lines that replace the rows of the other metrics: "unchanged: api_calls 7, retries
// 0", "only in the baseline: api 1.764 s".
std::vector<std::string> RowlessLines(const BenchmarkComparison& benchmark);

}  // namespace launch_compare
