// --resume, after a run was killed.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <set>
#include <thread>

#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::ChildProcess;
using test_support::LocalCloud;
using testing::HasSubstr;

class ResumeTest : public LaunchProgramTest {
 protected:
  ResumeTest() : cloud_(Program("localcloud"), {"--time_scale=0.05", "--rtt=0ms"}) {}

  std::vector<std::string> Flags(std::vector<std::string> more = {}) const {
    std::vector<std::string> flags{"--benchmark_filter=^(Cold|WarmPool/Ssh)/iter",
                                   "--benchmark_repetitions=8", "--concurrency=2"};
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }
  std::string Resume() const { return "--resume=" + json_path(); }

  // Kills a run after `samples` have been written. Returns the launches that it had finished by
  // then or a little later.
  std::vector<json> KillAfter(std::size_t samples) {
    auto run = StartAt(cloud_, Flags());
    test_support::WaitUntil("enough samples", [&] { return Lines().size() >= samples; });
    run->Signal(SIGKILL);
    EXPECT_EQ(run->Wait(), 128 + SIGKILL);
    return Lines();
  }

  LocalCloud cloud_;
};

// Returns all names in a JSON document, including those inside its lists, but not the lengths of
// the lists.
void CollectNames(const json& value, const std::string& path, std::set<std::string>* names) {
  if (value.is_array()) {
    for (const json& item : value) CollectNames(item, path + "[]", names);
  } else if (value.is_object()) {
    for (const auto& [name, item] : value.items()) {
      // Labels differ: they tell if something was derived or a connection was new.
      names->insert(path + "." + name);
      CollectNames(item, path + "." + name, names);
    }
  }
}

std::set<std::string> Names(const json& document) {
  std::set<std::string> names;
  CollectNames(document, "", &names);
  return names;
}

TEST_F(ResumeTest, AKilledRunGoesOnAndLosesNothing) {
  auto undisturbed = StartAt(cloud_, Flags());
  ASSERT_EQ(undisturbed->Wait(), 0) << undisturbed->errors();
  const json expected = Json();

  const std::vector<json> finished = KillAfter(5);
  auto resumed = StartAt(cloud_, Flags({Resume()}));
  ASSERT_EQ(resumed->Wait(), 0) << resumed->errors();
  EXPECT_THAT(resumed->errors(),
              HasSubstr(std::to_string(finished.size()) + " launch(es) are done already"));

  EXPECT_EQ(Names(Json()), Names(expected));
  EXPECT_EQ(Json().at("benchmarks").size(), expected.at("benchmarks").size());
  for (const char* technique : {"Cold", "WarmPool/Ssh"})
    EXPECT_EQ(Repetitions(technique).size(), 8u) << technique;
  // Finished launches are unchanged in the results, and still in the log.
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 16u);
  for (std::size_t i = 0; i < finished.size(); ++i) {
    EXPECT_EQ(lines[i], finished[i]);
    bool found = false;
    for (const json& repetition : Repetitions(finished[i].at("benchmark"))) {
      if (repetition.at("launch_index") != finished[i].at("launch_index")) continue;
      found = true;
      EXPECT_NEAR(repetition.at("real_time").get<double>(),
                  finished[i].at("total_ms").get<double>(), 1e-3);
      EXPECT_NEAR(PhaseSum(repetition), repetition.at("real_time").get<double>(),
                  kAdditionTolerance_ms);
      EXPECT_EQ(json::parse(std::string(repetition.at("label"))), finished[i].at("label"));
    }
    EXPECT_TRUE(found) << finished[i];
  }
  // And no two launches have the same number.
  std::set<int> indices;
  for (const json& line : lines) indices.insert(line.at("launch_index").get<int>());
  EXPECT_EQ(indices.size(), lines.size());
}

TEST_F(ResumeTest, OtherSettingsAreRefusedInOneLine) {
  KillAfter(1);
  const auto before = Lines();
  auto resumed = StartAt(cloud_, Flags({Resume(), "--instance_type=t3.large"}));
  EXPECT_EQ(resumed->Wait(), 2);
  EXPECT_THAT(
      resumed->errors(),
      HasSubstr("has instance_type m7i.large, this one would have t3.large; resume it with"));
  auto fewer = StartAt(cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=8",
                                "--concurrency=2", Resume()});
  EXPECT_EQ(fewer->Wait(), 2);
  EXPECT_THAT(fewer->errors(),
              HasSubstr("has benchmarks Cold WarmPool/Ssh, this one would have Cold"));
  EXPECT_EQ(Lines(), before);
}

TEST_F(ResumeTest, ALineThatWasCutOffIsMeasuredAgain) {
  const auto finished = KillAfter(3);
  const auto log = directory_ / "run.jsonl";
  std::filesystem::resize_file(log, std::filesystem::file_size(log) - 10);
  auto resumed = StartAt(cloud_, Flags({Resume()}));
  ASSERT_EQ(resumed->Wait(), 0) << resumed->errors();
  const auto lines = Lines();  // throws if a line is not JSON
  ASSERT_EQ(lines.size(), 16u);
  EXPECT_EQ(lines[0], finished[0]);
}

TEST_F(ResumeTest, DamagedLinesAreSaidAndMeasuredAgain) {
  const std::vector<std::string> flags{"--benchmark_filter=^Cold/", "--benchmark_repetitions=3"};
  auto run = StartAt(cloud_, flags);
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  const auto samples = Lines();
  ASSERT_EQ(samples.size(), 3u);
  const std::string path = directory_ / "run.jsonl";
  std::ofstream(path) << samples[0].dump() << "\n{\"damaged\": true}\n\n"
                      << samples[2].dump().substr(0, 20);
  auto again = flags;
  again.push_back(Resume());
  auto resumed = StartAt(cloud_, again);
  EXPECT_EQ(resumed->Wait(), 0) << resumed->errors();
  const std::string said = "launch_bench: 2 line(s) of " + path + " are not samples";
  EXPECT_THAT(resumed->errors(), HasSubstr(said + "; their launches are measured again\n"));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "RunInstances"), 5);
  EXPECT_EQ(Repetitions("Cold").size(), 3u);
  // The truncated line was removed, the other one is kept, and no launch is missing.
  auto complete = StartAt(cloud_, again);
  EXPECT_EQ(complete->Wait(), 0) << complete->errors();
  EXPECT_THAT(complete->errors(),
              HasSubstr("launch_bench: 1 line(s) of " + path + " are not samples\n"));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "RunInstances"), 5);
}

TEST_F(ResumeTest, ARunThatStillRunsIsNotDisturbed) {
  auto run = StartAt(cloud_, Flags());
  test_support::WaitUntil("the first sample", [&] { return !Lines().empty(); });
  auto resumed = StartAt(cloud_, Flags({Resume()}));
  EXPECT_EQ(resumed->Wait(), 2);
  EXPECT_THAT(resumed->errors(), HasSubstr("being written by another run"));
  EXPECT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_EQ(Lines().size(), 16u);
}

TEST_F(ResumeTest, ACompleteRunIsOnlyWrittenAgain) {
  auto run = StartAt(cloud_, Flags());
  ASSERT_EQ(run->Wait(), 0);
  const auto repetitions = Repetitions("Cold");
  const int launches = CountCalls(json::parse(cloud_.Truth()), "RunInstances");
  std::filesystem::remove(json_path());
  auto resumed = StartAt(cloud_, Flags({Resume()}));
  EXPECT_EQ(resumed->Wait(), 0) << resumed->errors();
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "RunInstances"), launches);
  EXPECT_EQ(Repetitions("Cold").size(), repetitions.size());
  EXPECT_EQ(Repetitions("Cold").at(3).at("real_time"), repetitions.at(3).at("real_time"));
}

TEST_F(ResumeTest, AnInterruptedRunOnTheLocalCloudGoesOnToo) {
  const std::vector<std::string> flags{"--benchmark_filter=^Cold/", "--benchmark_repetitions=6",
                                       "--concurrency=1", "--local_time_scale=0.05"};
  auto run = Start(flags);
  test_support::WaitUntil("the second sample", [&] { return Lines().size() >= 2; });
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(), 130);
  // The printed command must be complete.
  const std::string before = "to continue it: ";
  const std::string errors = run->errors();
  const auto begin = errors.find(before);
  ASSERT_NE(begin, std::string::npos) << errors;
  const std::string command =
      errors.substr(begin + before.size(), errors.find('\n', begin) - begin - before.size());
  test_support::ChildProcess resumed({"bash", "-c", command}, {{"XDG_STATE_HOME", state_home()}});
  EXPECT_EQ(resumed.Wait(), 0) << command << resumed.errors();
  EXPECT_EQ(Repetitions("Cold").size(), 6u);
}

TEST_F(ResumeTest, ARunThatIsNotThereIsSaid) {
  auto resumed = Start({"--resume=" + (directory_ / "none.jsonl").string(),
                        "--benchmark_out=" + (directory_ / "none.json").string()});
  EXPECT_EQ(resumed->Wait(), 2);
  EXPECT_THAT(resumed->errors(), HasSubstr("none.jsonl"));
}

}  // namespace
}  // namespace suites
