// The JSON results (file and --benchmark_format=json): the library's format, but always valid JSON.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace suites {

// This class writes the context itself, instead of calling benchmark::AddCustomContext. The library
// has one context per process, but a run with two arms writes two files. Keys and values are
// escaped as JSON requires. The library writes bare NaN if it cannot compute a value, such as the
// _cv of a counter that is always 0. No JSON parser accepts NaN, so this class skips such aggregate
// counters. It also skips repetitions that were not measured because of an interrupt.
class JsonReport : public benchmark::JSONReporter {
 public:
  // Removes `prefix` from the benchmarks' names.
  JsonReport(std::map<std::string, std::string> context, std::string prefix)
      : context_(std::move(context)), prefix_(std::move(prefix)) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

 private:
  const std::map<std::string, std::string> context_;
  const std::string prefix_;
};

}  // namespace suites
