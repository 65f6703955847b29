// <run>.settings: the settings of a run, so that --resume can check that it continues with the same
// ones.
#pragma once

#include <map>
#include <string>

#include "fixtures/region/launch_options.h"
#include "suites/command/command_line.h"

namespace suites {

// Stored as a JSON file next to the samples. Contains no secret.
struct RunSettings {
  std::string run_id;  // of the run's first process; it names the results
  std::map<std::string, std::string> values;
};

// Returns everything that the samples of one run must share, by the names of the flags. `context`
// is the result of DescribeRun().
RunSettings DescribeSettings(const CommandLine& line, const fixtures::LaunchOptions& options,
                             const std::map<std::string, std::string>& context,
                             const std::string& benchmarks);

// Returns when the settings are on the disk. Throws std::runtime_error if they cannot be written.
void WriteSettings(const std::string& path, const RunSettings& settings);
// Throws UsageError if `path` has no settings.
RunSettings ReadSettings(const std::string& path);

// Throws UsageError, which names the first setting that differs, if the two are not equal.
void CheckSameSettings(const RunSettings& earlier, const RunSettings& now);

}  // namespace suites
