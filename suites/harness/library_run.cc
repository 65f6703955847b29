#include "suites/harness/library_run.h"

#include <benchmark/benchmark.h>

#include <ostream>
#include <sstream>
#include <string_view>
#include <utility>

#include "suites/harness/json_report.h"
#include "suites/harness/library_flags.h"
#include "suites/harness/matched_fixtures.h"
#include "suites/report/progress_line.h"

namespace suites {
namespace {

// The library opens --benchmark_out itself and does not check what it writes there. So it gets this
// file, and the results are collected in memory.
constexpr char kLibraryFile[] = "/dev/null";

// Prints the header only. The launches are printed after the run, with the answer first
// (summary.h).
class HeaderReport : public benchmark::BenchmarkReporter {
 public:
  HeaderReport(std::vector<HeaderLine> header, const ConsoleStyle& style)
      : header_(std::move(header)), style_(style) {}

  bool ReportContext(const Context& /*context*/) override {
    for (const HeaderLine& line : header_)
      style_.PrintWrapped(GetOutputStream(), line.text, line.emphasis);
    GetOutputStream() << std::endl;
    return true;
  }
  void ReportRuns(const std::vector<Run>& /*runs*/) override {}

 private:
  const std::vector<HeaderLine> header_;
  const ConsoleStyle style_;
};

// Removes the progress line from the screen while `inner` prints (progress_line.h).
class PausingReport : public benchmark::BenchmarkReporter {
 public:
  explicit PausingReport(benchmark::BenchmarkReporter* inner) : inner_(inner) {}

  bool ReportContext(const Context& context) override {
    const ProgressPause pause;
    const bool go_on = inner_->ReportContext(context);
    inner_->GetOutputStream().flush();
    return go_on;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    const ProgressPause pause;
    inner_->ReportRuns(runs);
    inner_->GetOutputStream().flush();
  }
  void Finalize() override {
    const ProgressPause pause;
    inner_->Finalize();
    inner_->GetOutputStream().flush();
  }

 private:
  benchmark::BenchmarkReporter* const inner_;
};

// The library sets a file reporter's stream to its own file just before ReportContext(). This sets
// it to `out` instead.
template <typename Reporter>
class ReportTo : public Reporter {
 public:
  template <typename... Arguments>
  explicit ReportTo(std::ostream* out, Arguments&&... arguments)
      : Reporter(std::forward<Arguments>(arguments)...), out_(out) {}

  bool ReportContext(const benchmark::BenchmarkReporter::Context& context) override {
    this->SetOutputStream(out_);
    return Reporter::ReportContext(context);
  }

 private:
  std::ostream* const out_;
};

// Returns a regular expression that matches the run's benchmarks and no others.
std::string FilterOf(const LibraryRun& run) {
  constexpr std::string_view kSpecial = ".[]{}()\\*+?|^$";
  std::string filter;
  for (const MatchedFixture& matched : run.fixtures) {
    filter += filter.empty() ? "^(" : "|";
    for (const char c : ArmPrefix(run.arm) + matched.name) {
      if (kSpecial.find(c) != std::string_view::npos) filter += '\\';
      filter += c;
    }
  }
  return filter + ")$";
}

}  // namespace

std::string RunLibrary(const LibraryRun& run, fixtures::LaunchSource* source) {
  for (const MatchedFixture& matched : run.fixtures) matched.fixture->CollectFrom(source);
  std::vector<std::string> arguments = run.arguments;
  arguments.push_back("--benchmark_repetitions=" + std::to_string(run.repetitions));
  arguments.push_back(std::string("--benchmark_out=") + kLibraryFile);
  SetLibraryFlags(arguments);

  const std::string prefix = ArmPrefix(run.arm);
  std::ostringstream text;
  ReportTo<JsonReport> json_file(&text, run.context, prefix);
  ReportTo<benchmark::ConsoleReporter> console_file(&text, benchmark::ConsoleReporter::OO_None);
  JsonReport json_display(run.context, prefix);
  HeaderReport console_display(run.header, run.style);
  benchmark::BenchmarkReporter* display = &console_display;
  if (run.format == "json") display = &json_display;
  PausingReport pausing_display(display);
  benchmark::BenchmarkReporter* file = &console_file;
  if (run.out_format == "json") file = &json_file;
  benchmark::RunSpecifiedBenchmarks(&pausing_display, file, FilterOf(run));
  return text.str();
}

}  // namespace suites
