// <run>.settings: what a run was asked to do, so that --resume continues that and nothing else.
#pragma once

#include <map>
#include <string>

#include "fixtures/region/launch_options.h"
#include "suites/command/command_line.h"

namespace suites {

// A JSON file, beside the samples. No secret.
struct RunSettings {
  std::string run_id;  // of the run's first process: the results are named by it
  std::map<std::string, std::string> values;
};

// All that samples of one run must share, by the names of the flags: `context` is DescribeRun()'s.
RunSettings DescribeSettings(const CommandLine& line, const fixtures::LaunchOptions& options,
                             const std::map<std::string, std::string>& context,
                             const std::string& benchmarks);

// On the disk when it returns. Throws std::runtime_error.
void WriteSettings(const std::string& path, const RunSettings& settings);
// Throws UsageError where there are none.
RunSettings ReadSettings(const std::string& path);

// Throws UsageError, naming the first setting that differs.
void CheckSameSettings(const RunSettings& earlier, const RunSettings& now);

}  // namespace suites
