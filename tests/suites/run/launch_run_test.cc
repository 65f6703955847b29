// Two configurations in one run, tested from outside.
#include "suites/run/launch_run.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "suites/run/exit_status.h"
#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using test_support::ChildProcess;
using testing::ElementsAre;
using testing::HasSubstr;

// Runs launch_bench --interleave with two files in the test's directory. Results go there, too.
class InterleaveTest : public LaunchProgramTest {
 protected:
  std::unique_ptr<ChildProcess> Interleave(const std::string& a, const std::string& b,
                                           std::vector<std::string> flags) {
    std::vector<std::string> command{
        Program("launch_bench"),
        "--interleave=" + WriteFile("a.conf", a) + "," + WriteFile("b.conf", b),
        "--results_dir=" + directory_.string(), "--local_time_scale=0", "--local_rtt=0"};
    command.insert(command.end(), flags.begin(), flags.end());
    return std::make_unique<ChildProcess>(command);
  }
  // Returns the files that the run wrote, by the instance type in their context.
  std::map<std::string, nlohmann::json> FilesByType() const {
    std::map<std::string, nlohmann::json> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      if (entry.path().extension() != ".json") continue;
      std::ifstream file(entry.path());
      const auto json = nlohmann::json::parse(file);
      files[json.at("context").at("instance_type")] = json;
    }
    return files;
  }
};

std::vector<int> LaunchIndices(const nlohmann::json& file, const std::string& technique) {
  std::vector<int> indices;
  for (const auto& run : file.at("benchmarks")) {
    if (run.at("run_type") == "iteration" &&
        std::string(run.at("name")).starts_with(technique + "/iterations:"))
      indices.push_back(run.at("launch_index").get<int>());
  }
  return indices;
}

TEST_F(InterleaveTest, LaunchesTakeTurnsAndEachSideHasItsFile) {
  auto run = Interleave("instance_type=m7i.large\n", "instance_type=c7i.large\n",
                        {"--benchmark_filter=Cold|WarmPool/InstanceConnect", "--concurrency=1",
                         "--benchmark_repetitions=3"});
  ASSERT_EQ(run->Wait(), kAllMeasured) << run->errors();
  const auto files = FilesByType();
  ASSERT_EQ(files.size(), 2u);
  const auto& a = files.at("m7i.large");
  const auto& b = files.at("c7i.large");
  EXPECT_EQ(a["context"]["interleaved_with"], b["context"]["run_id"]);
  EXPECT_EQ(b["context"]["interleaved_with"], a["context"]["run_id"]);
  // The order is A B, B A, A B. Only the very first may be B's, if B was ready first.
  EXPECT_THAT(LaunchIndices(a, "Cold"), ElementsAre(testing::Le(1), 3, 4));
  EXPECT_THAT(LaunchIndices(b, "Cold"), ElementsAre(testing::Le(1), 2, 5));
  EXPECT_EQ(LaunchIndices(a, "WarmPool/InstanceConnect").size(), 3u);
  EXPECT_EQ(LaunchIndices(b, "WarmPool/InstanceConnect").size(), 3u);
  for (const auto& [type, file] : files) {
    for (const auto& row : file.at("benchmarks")) {
      if (row.at("run_type") != "iteration") continue;
      EXPECT_EQ(nlohmann::json::parse(std::string(row.at("label"))).at("type"), type);
    }
  }

  // The last printed command compares the two files.
  const std::string out = run->output();
  const std::string command = out.substr(out.rfind("compare: ./launch_compare ") + 26);
  const auto space = command.find(' ');
  ChildProcess compare({Program("launch_compare"), command.substr(0, space),
                        command.substr(space + 1, command.find('\n') - space - 1)});
  EXPECT_EQ(compare.Wait(), 0) << compare.errors();
  EXPECT_THAT(compare.output(), HasSubstr("took turns"));
}

TEST_F(InterleaveTest, EachSideMeasuresWhatItsOwnFilterMatches) {
  auto run = Interleave("instance_type=m7i.large\nbenchmark_filter=^Cold/\n",
                        "instance_type=c7i.large\nbenchmark_filter=WarmPool/InstanceConnect|Cold\n",
                        {"--benchmark_repetitions=2"});
  ASSERT_EQ(run->Wait(), kAllMeasured) << run->errors();
  const auto files = FilesByType();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(LaunchIndices(files.at("m7i.large"), "Cold").size(), 2u);
  EXPECT_EQ(LaunchIndices(files.at("m7i.large"), "WarmPool/InstanceConnect").size(), 0u);
  EXPECT_EQ(LaunchIndices(files.at("c7i.large"), "Cold").size(), 2u);
  EXPECT_EQ(LaunchIndices(files.at("c7i.large"), "WarmPool/InstanceConnect").size(), 2u);
}

TEST_F(InterleaveTest, WhatCannotAlternateIsRefusedInOneLine) {
  const auto refused = [&](const std::string& a, const std::string& b,
                           const std::vector<std::string>& flags, const std::string& why) {
    auto run = Interleave(a, b, flags);
    EXPECT_EQ(run->Wait(), kBadSetUp);
    EXPECT_THAT(run->errors(), HasSubstr(why));
    const std::string errors = run->errors();
    EXPECT_EQ(std::ranges::count(errors, '\n'), 1) << errors;
  };
  refused("concurrency=2\n", "concurrency=3\n", {}, "the same --concurrency");
  refused("", "", {"--benchmark_out=x.json"}, "--results_dir=DIRECTORY");
  refused("", "no_such_flag=1\n", {}, "no_such_flag");
  refused("", "", {"--interleave=only-one.conf"}, "two configuration files");
}

}  // namespace
}  // namespace suites
