// How results are written down. A further format is one new file: a class and its registration.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "compare/judge/comparison.h"
#include "compare/judge/gate.h"
#include "compare/judge/summary.h"

namespace launch_compare {

// Where the text goes.
struct Screen {
  bool colour = false;       // a terminal that wants it
  std::size_t columns = 80;  // tables keep to it
  bool wrap = false;         // sentences too: a terminal, where nothing else reads the lines
};

class Renderer {
 public:
  Renderer() = default;
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;
  virtual ~Renderer() = default;

  // `gate` is null when nothing is gated.
  virtual std::string Render(const Comparison& comparison, const GateResult* gate,
                             const Screen& screen) const = 0;
  // Throws InputError where the format has no tables.
  virtual std::string Render(const std::vector<Summary>& tables, const Screen& screen) const = 0;
};

// A format for people: the texts of what it renders are printable (printable.h).
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

// Made once per format, at namespace scope: registers before main.
class RendererRegistration {
 public:
  RendererRegistration(const std::string& format, std::unique_ptr<const Renderer> renderer);
};

const Renderer* FindRenderer(const std::string& format);  // nullptr: no such format
std::vector<std::string> RendererFormats();               // sorted

// The sentences every format shares.
std::string ScopeSentence(const Comparison& comparison);  // what the verdicts speak about
extern const char* const kModelledSentence;               // the mark of a modelled run
std::string CountVerdicts(
    const Comparison& comparison);  // "1 slower, 2 same, 0 faster, 3 undecided"

// The summary's cells, the headings first: technique, launches, failed, total, p90, max and vs
// Cold. A wide table also has p99, where a technique has one, Pending->Running and Boot->SSH.
std::vector<std::vector<std::string>> TableRows(const Summary& table, bool wide);

// Metrics that need no row: those that are one number throughout on both sides, and those that one
// side lacks. Never real_time.
bool NeedsRow(const MetricComparison& metric);

// What stands in their place: "unchanged: api_calls 7, retries 0", "only in the baseline: api 1.764
// s".
std::vector<std::string> RowlessLines(const BenchmarkComparison& benchmark);

}  // namespace launch_compare
