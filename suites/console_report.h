// The console: a header that says what is measured and what it is worth, then a row a launch.
#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace suites {

// Writes to the library's output stream for reporters.
class ConsoleReport : public benchmark::BenchmarkReporter {
 public:
  // Lines printed before the first result.
  // `prefix` is taken off the benchmarks' names.
  ConsoleReport(std::vector<std::string> header, std::string prefix)
      : header_(std::move(header)), prefix_(std::move(prefix)) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

 private:
  const std::vector<std::string> header_;
  const std::string prefix_;
};

}  // namespace suites
