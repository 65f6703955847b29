// MinimalAmi, RebakedAmi and CustomInit as a user runs them, compared with the cloud's truth.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;
using testing::HasSubstr;

const std::vector<std::string> kTechniques{"MinimalAmi", "RebakedAmi", "CustomInit"};

class ImageSuiteTest : public LaunchProgramTest {
 protected:
  // Runs with the test's own state directory.
  std::unique_ptr<test_support::ChildProcess> RunAt(const LocalCloud& cloud,
                                                    std::vector<std::string> flags) const {
    flags.push_back("--endpoint_url=" + cloud.endpoint_url());
    flags.push_back("--ssh_port=" + std::to_string(cloud.ssh_port()));
    auto environment = cloud.Environment();
    environment["XDG_STATE_HOME"] = directory_ / "state";
    return Start(std::move(flags), environment);
  }
};

int Count(const LocalCloud& cloud, const std::string& action) {
  return CountCalls(json::parse(cloud.Truth()), action);
}

// Returns what the account holds as another client of the API sees it, one id per line.
std::set<std::string> Held(const LocalCloud& cloud) {
  const std::vector<std::vector<std::string>> questions{
      {"describe-instances", "--filters",
       "Name=instance-state-name,Values=pending,running,stopping,stopped,shutting-down", "--query",
       "Reservations[].Instances[].InstanceId"},
      {"describe-images", "--owners", "self", "--query", "Images[].ImageId"},
      {"describe-snapshots", "--owner-ids", "self", "--query", "Snapshots[].SnapshotId"},
      {"describe-key-pairs", "--query", "KeyPairs[].KeyName"},
      {"describe-security-groups", "--query", "SecurityGroups[?GroupName!='default'].GroupId"}};
  std::set<std::string> held;
  for (const auto& question : questions) {
    std::vector<std::string> command{"aws", "ec2"};
    command.insert(command.end(), question.begin(), question.end());
    command.insert(command.end(), {"--output", "text", "--endpoint-url", cloud.endpoint_url()});
    test_support::ChildProcess cli(command, cloud.Environment());
    EXPECT_EQ(cli.Wait(), 0) << cli.errors();
    std::istringstream words(cli.output());
    for (std::string word; words >> word;) held.insert(word);
  }
  return held;
}

TEST_F(ImageSuiteTest, BakesOnceKeepsTheImagesAndFindsThemAgain) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms"});
  const std::string filter = "--benchmark_filter=^(MinimalAmi|RebakedAmi|CustomInit)/";
  auto run = RunAt(cloud, {filter, "--benchmark_repetitions=2"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();

  std::set<std::string> images;
  for (const auto& technique : kTechniques) {
    ASSERT_EQ(Repetitions(technique).size(), 2u) << technique;
    for (const json& repetition : Repetitions(technique)) {
      const json label = json::parse(std::string(repetition.at("label")));
      double sum = 0;
      for (const std::string phase : label.at("phases"))
        sum += repetition.at(phase + "_ms").get<double>();
      EXPECT_NEAR(sum, repetition.at("real_time").get<double>(), 1.0) << technique;
      EXPECT_GT(repetition.at("usd").get<double>(), 0) << technique;
      EXPECT_GT(repetition.at("usd_idle_per_hour").get<double>(), 0) << technique;
      EXPECT_LT(repetition.at("usd_idle_per_hour").get<double>(), 0.01) << technique;
      images.insert(label.at("image"));
    }
  }
  EXPECT_EQ(images.size(), 3u) << "one image per technique, the same for both launches";
  EXPECT_EQ(Count(cloud, "CreateImage"), 3);

  // Only each image and its snapshot are left, without the tags of a run.
  const auto held = Held(cloud);
  EXPECT_EQ(held.size(), 6u) << testing::PrintToString(held);
  for (const auto& image : images) EXPECT_TRUE(held.contains(image)) << image;
  test_support::ChildProcess tagged(
      {"aws", "ec2", "describe-tags", "--filters", "Name=key,Values=launch-bench:run",
       "Name=resource-type,Values=image,snapshot", "--query", "length(Tags)", "--endpoint-url",
       cloud.endpoint_url()},
      cloud.Environment());
  ASSERT_EQ(tagged.Wait(), 0) << tagged.errors();
  EXPECT_EQ(tagged.output(), "0\n");

  run = RunAt(cloud, {filter, "--benchmark_repetitions=1"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_EQ(Count(cloud, "CreateImage"), 3) << "found again";
  for (const auto& technique : kTechniques) {
    const json label = json::parse(std::string(Repetitions(technique)[0].at("label")));
    EXPECT_TRUE(images.contains(label.at("image"))) << technique;
  }
  EXPECT_EQ(Held(cloud), held);

  // An image that a flag names is used unchanged.
  const auto image_of = [&](const std::string& technique) {
    const json label = json::parse(std::string(Repetitions(technique)[0].at("label")));
    return label.at("image").get<std::string>();
  };
  const std::string minimal = image_of("MinimalAmi");
  const std::string custom = image_of("CustomInit");
  run = RunAt(cloud, {"--benchmark_filter=^(MinimalAmi|CustomInit)/", "--benchmark_repetitions=1",
                      "--minimal_ami=" + minimal, "--custom_init_ami=" + custom});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_EQ(image_of("MinimalAmi"), minimal);
  EXPECT_EQ(image_of("CustomInit"), custom);
  EXPECT_EQ(Held(cloud), held);
}

// Checks with the truth of a cloud whose boots hardly vary that the bake decides which boot an
// image gets.
TEST_F(ImageSuiteTest, WhatWasBakedBootsAccordingly) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05", "--rtt=0ms"});
  auto run = RunAt(cloud, {"--benchmark_filter=^(Cold|MinimalAmi|RebakedAmi|CustomInit)/",
                           "--benchmark_repetitions=1"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  std::map<std::string, double> closed_to_open_ms;
  const json truth = json::parse(cloud.Truth());
  for (const json& line : Lines()) {
    for (const json& entry : truth) {
      if (entry.at("kind") != "launch" || entry.at("instance_id") != line.at("instance_id"))
        continue;
      const json& events = entry.at("events");
      closed_to_open_ms[line.at("benchmark")] =
          (events.at("tcp_open").get<double>() - events.at("tcp_closed").get<double>()) / 1e6;
    }
  }
  ASSERT_EQ(closed_to_open_ms.size(), 4u);
  // The profile's medians, scaled: 825 and 180 ms; sigma below 0.1. (CustomInit's is as short as
  // the work of its early unit on a busy machine, so it is compared in tests/localcloud, where
  // nothing runs.)
  EXPECT_GT(closed_to_open_ms["MinimalAmi"], 1.5 * closed_to_open_ms["RebakedAmi"]);
}

TEST_F(ImageSuiteTest, AnImageThatDoesNotExistSpoilsOnlyItsOwnBenchmark) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms"});
  auto run = RunAt(cloud, {"--benchmark_filter=^(Cold|MinimalAmi)/", "--benchmark_repetitions=1",
                           "--minimal_ami=ami-0123456789abcdef0"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  EXPECT_FALSE(Repetitions("Cold").at(0).contains("error_occurred"));
  const std::string error = Repetitions("MinimalAmi").at(0).at("error_message");
  EXPECT_THAT(error, HasSubstr("ami-0123456789abcdef0"));
  EXPECT_THAT(error, HasSubstr("--minimal_ami"));
  EXPECT_TRUE(Held(cloud).empty());
}

TEST_F(ImageSuiteTest, ABakeThatFailsSaysWhereAndLeavesNothing) {
  const auto faults = WriteFile("faults.json", R"([{"action": "CreateImage", "http_status": 403,
      "error": "UnauthorizedOperation", "message": "You are not authorized."}])");
  const LocalCloud cloud(Program("localcloud"),
                         {"--time_scale=0", "--rtt=0ms", "--faults=" + faults});
  auto run = RunAt(cloud, {"--benchmark_filter=^(Cold|RebakedAmi)/", "--benchmark_repetitions=1"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  EXPECT_FALSE(Repetitions("Cold").at(0).contains("error_occurred"));
  const std::string error = Repetitions("RebakedAmi").at(0).at("error_message");
  EXPECT_THAT(error, HasSubstr("baking RebakedAmi failed at creating the image"));
  EXPECT_THAT(error, HasSubstr("UnauthorizedOperation"));
  EXPECT_TRUE(Held(cloud).empty());
}

TEST_F(ImageSuiteTest, AMachineThatLetsNobodyInFailsItsBake) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms"});
  // A user who is not in the guest's /etc/passwd cannot log in, so every bake fails.
  auto run = RunAt(cloud, {"--benchmark_filter=^RebakedAmi/", "--benchmark_repetitions=1",
                           "--ssh_user=nobody-here", "--launch_timeout=3s"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  EXPECT_THAT(std::string(Repetitions("RebakedAmi").at(0).at("error_message")),
              HasSubstr("baking RebakedAmi failed at launching from the base image"));
  EXPECT_TRUE(Held(cloud).empty());
}

TEST_F(ImageSuiteTest, TheImageKeyIsPrivateAndStaysTheSame) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms"});
  auto run = RunAt(cloud, {"--benchmark_filter=^MinimalAmi/", "--benchmark_repetitions=1"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  const auto key = directory_ / "state" / "launch_bench" / "image_key.pem";
  struct stat what {};
  ASSERT_EQ(stat(key.c_str(), &what), 0);
  EXPECT_EQ(what.st_mode & 0777, 0600u);
  // Another key means another recipe, so a new image must be baked.
  std::filesystem::remove(key);
  run = RunAt(cloud, {"--benchmark_filter=^MinimalAmi/", "--benchmark_repetitions=1"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_EQ(Count(cloud, "CreateImage"), 2);
}

// When to interrupt: after the truth shows so many calls of an action.
struct Moment {
  std::string name;
  std::string action;
  int count;
};
void PrintTo(const Moment& moment, std::ostream* out) { *out << moment.name; }

class BakeInterruptTest : public ImageSuiteTest, public testing::WithParamInterface<Moment> {};

TEST_P(BakeInterruptTest, LeavesNothingBehind) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.1", "--rtt=2ms"});
  auto run = RunAt(cloud, {"--benchmark_filter=^(MinimalAmi|RebakedAmi|CustomInit)/",
                           "--benchmark_repetitions=1"});
  test_support::WaitUntil("enough calls of " + std::string(GetParam().action),
                          [&] { return Count(cloud, GetParam().action) >= GetParam().count; });
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(), 130) << run->errors();
  EXPECT_TRUE(Held(cloud).empty()) << testing::PrintToString(Held(cloud)) << run->errors();
}

INSTANTIATE_TEST_SUITE_P(ImageSuite, BakeInterruptTest,
                         testing::Values(Moment{"WhileLaunching", "RunInstances", 1},
                                         Moment{"WhileStopping", "StopInstances", 2},
                                         Moment{"WhileTheImageIsMade", "CreateImage", 1},
                                         Moment{"WhileTheLastImageIsMade", "CreateImage", 3},
                                         Moment{"WhileTheImageIsProved", "RunInstances", 4}),
                         [](const auto& moment) { return moment.param.name; });

}  // namespace
}  // namespace suites
