// What the console shows while the library collects launches: a header that says what is measured.
#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "suites/report/console_style.h"

namespace suites {

// Writes to the library's output stream for reporters. Launches are shown after the run
// (summary.h), so that the answer comes first.
class ConsoleReport : public benchmark::BenchmarkReporter {
 public:
  struct Line {
    std::string text;
    Emphasis emphasis = Emphasis::kNone;
  };

  ConsoleReport(std::vector<Line> header, const ConsoleStyle& style)
      : header_(std::move(header)), style_(style) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& /*runs*/) override {}

 private:
  const std::vector<Line> header_;
  const ConsoleStyle style_;
};

// Keeps the progress line off the screen while `inner` prints (progress_line.h).
class PausingReport : public benchmark::BenchmarkReporter {
 public:
  explicit PausingReport(benchmark::BenchmarkReporter* inner) : inner_(inner) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  benchmark::BenchmarkReporter* const inner_;
};

}  // namespace suites
