// The JSON file (and --benchmark_format=json): the library's own format, always valid JSON.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace suites {

// The context is written here, and not handed to benchmark::AddCustomContext: the library has one
// context a process, and a run with two arms writes two files. It escapes what JSON wants escaped.
// The library writes bare NaN for what it cannot compute, such as the _cv of a counter that is 0
// everywhere (no JSON parser takes that): such aggregate counters are left out. So are repetitions
// that an interrupt kept from being measured.
class JsonReport : public benchmark::JSONReporter {
 public:
  // `prefix` is taken off the benchmarks' names.
  JsonReport(std::map<std::string, std::string> context, std::string prefix)
      : context_(std::move(context)), prefix_(std::move(prefix)) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

 private:
  const std::map<std::string, std::string> context_;
  const std::string prefix_;
};

}  // namespace suites
