// Runs launch_bench in tests as a user runs it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"
#include "tests/support/local_cloud.h"

namespace suites {

inline std::string Program(const std::string& name) { return test_support::ProgramPath(name); }

// Has a directory for the results of one test, and helpers to run the program and to read results.
class LaunchProgramTest : public testing::Test {
 protected:
  LaunchProgramTest() {
    char name[] = "/tmp/launch_program_test-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~LaunchProgramTest() override { std::filesystem::remove_all(directory_); }

  std::string state_home() const { return directory_ / "state"; }
  std::string json_path() const { return directory_ / "run.json"; }

  std::unique_ptr<test_support::ChildProcess> Start(
      std::vector<std::string> flags,
      const std::map<std::string, std::string>& environment = {}) const {
    std::vector<std::string> command{Program("launch_bench"), "--benchmark_out=" + json_path()};
    command.insert(command.end(), flags.begin(), flags.end());
    // The state that launch_bench keeps between runs stays in the test's directory.
    std::map<std::string, std::string> own = environment;
    own.try_emplace("XDG_STATE_HOME", state_home());
    return std::make_unique<test_support::ChildProcess>(command, own);
  }
  // Runs against a cloud of the test, whose truth the test can read.
  std::unique_ptr<test_support::ChildProcess> StartAt(const test_support::LocalCloud& cloud,
                                                      std::vector<std::string> flags) const {
    flags.push_back("--endpoint_url=" + cloud.endpoint_url());
    flags.push_back("--ssh_port=" + std::to_string(cloud.ssh_port()));
    return Start(std::move(flags), cloud.Environment());
  }
  std::string WriteFile(const std::string& name, const std::string& text) const {
    const auto path = directory_ / name;
    std::ofstream(path) << text;
    return path;
  }

  nlohmann::json Json() const {
    std::ifstream file(json_path());
    return nlohmann::json::parse(file);
  }
  // Returns the measured repetitions of a technique, including failed ones.
  std::vector<nlohmann::json> Repetitions(const std::string& technique) const {
    std::vector<nlohmann::json> found;
    const nlohmann::json file = Json();
    for (const auto& run : file.at("benchmarks")) {
      if (run.at("run_type") == "iteration" &&
          std::string(run.at("name")).starts_with(technique + "/iterations:")) {
        found.push_back(run);
      }
    }
    return found;
  }
  std::vector<nlohmann::json> Lines() const {
    std::vector<nlohmann::json> lines;
    std::ifstream file(directory_ / "run.jsonl");
    for (std::string line; std::getline(file, line);) {
      if (file.eof()) break;  // the line is still being written
      lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }

  std::filesystem::path directory_;
};

// The contract's tolerance: how much the sum of the phases may differ from the total.
inline constexpr double kAdditionTolerance_ms = 1.0;

// Returns the sum of the phases that a repetition's label names.
inline double PhaseSum(const nlohmann::json& run) {
  double sum = 0;
  const auto label = nlohmann::json::parse(std::string(run.at("label")));
  for (const std::string phase : label.at("phases")) sum += run.at(phase + "_ms").get<double>();
  return sum;
}

// Returns the number of calls of `action` in the cloud's truth.
inline int CountCalls(const nlohmann::json& truth, const std::string& action) {
  int count = 0;
  for (const auto& entry : truth)
    count += entry.at("kind") == "call" && entry.at("action") == action ? 1 : 0;
  return count;
}

}  // namespace suites
