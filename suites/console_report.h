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
  explicit ConsoleReport(std::vector<std::string> header) : header_(std::move(header)) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

 private:
  std::vector<std::string> header_;
};

// "Cold" from "Cold/iterations:1/manual_time": the library's suffixes taken off.
std::string TechniqueName(const benchmark::BenchmarkReporter::Run& run);

}  // namespace suites
