// Makes runs for the tests, from the JSON that a file would contain.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "compare/input/benchmark_file.h"
#include "compare/input/run.h"

namespace launch_compare {

// One benchmark: its values by metric ("real_time" in ms), one for each repetition that succeeded.
struct Sample {
  std::string name;
  std::map<std::string, std::vector<double>> values;
  std::size_t failures = 0;  // failed repetitions; they come last, as in launch_bench's files
  std::string label = {};
};

inline nlohmann::json SampleJson(const std::map<std::string, std::string>& context,
                                 const std::vector<Sample>& samples) {
  nlohmann::json file = {{"context", context}, {"benchmarks", nlohmann::json::array()}};
  for (std::size_t family = 0; family < samples.size(); ++family) {
    const Sample& sample = samples[family];
    const std::size_t measured = sample.values.empty() ? 0 : sample.values.begin()->second.size();
    const std::string name = sample.name + "/iterations:1/manual_time";
    for (std::size_t i = 0; i < measured + sample.failures; ++i) {
      nlohmann::json row = {{"name", name},
                            {"run_name", name},
                            {"run_type", "iteration"},
                            {"family_index", family},
                            {"per_family_instance_index", 0},
                            {"repetition_index", i},
                            {"repetitions", measured + sample.failures},
                            {"threads", 1},
                            {"iterations", 1},
                            {"real_time", 0.0},
                            {"cpu_time", 0.0},
                            {"time_unit", "ms"}};
      if (!sample.label.empty()) row["label"] = sample.label;
      if (i >= measured) {
        row["error_occurred"] = true;
        row["error_message"] = "launch timed out after 300 s";
      } else {
        for (const auto& [metric, values] : sample.values) row[metric] = values[i];
      }
      file["benchmarks"].push_back(row);
    }
  }
  return file;
}

inline BenchmarkRun SampleRun(const std::vector<Sample>& samples,
                              const std::map<std::string, std::string>& context = {},
                              const std::string& path = "run.json") {
  return ParseBenchmarkJson(SampleJson(context, samples).dump(), path);
}

// Returns first, first + step, ...
inline std::vector<double> Ramp(double first, std::size_t count, double step = 1) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(first + step * static_cast<double>(i));
  return values;
}

}  // namespace launch_compare
