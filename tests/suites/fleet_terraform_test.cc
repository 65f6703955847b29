// The fleet's Terraform variants on the local cloud, run by launch_bench.
#include <signal.h>

#include "tests/suites/fleet_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class FleetTerraformTest : public FleetProgramTest {
 protected:
  void SetUp() override {
    if (!fixtures::IsOnPath("terraform")) GTEST_SKIP() << "no terraform here";
    FleetProgramTest::SetUp();
  }
  // Returns the one repetition of a variant, which must succeed, after the checks that all variants
  // share.
  json Measure(const std::string& variant) {
    EXPECT_EQ(Run(variant), 0) << program_->errors() << program_->output();
    const auto runs = Repetitions("Fleet/" + variant);
    if (runs.size() != 1 || runs[0].contains("error_message")) return {};
    const json& run = runs[0];
    const json label = Label(run);
    EXPECT_EQ(label.at("baseline"), "Fleet/TerraformBaseline");
    EXPECT_THAT(std::string(label.at("stand_in")), HasSubstr("stand-in of 64 MiB"));
    EXPECT_FALSE(run.contains("usd")) << "no machines";
    EXPECT_FALSE(run.contains("tasks_done"));
    EXPECT_NEAR(PhaseSum(run), run.at("real_time").get<double>(), kAdditionTolerance_ms);
    EXPECT_THAT(program_->output(), HasSubstr("the provider is a stand-in"));
    ExpectCleanAccount();
    return run;
  }
  static json Label(const json& run) { return json::parse(std::string(run.at("label"))); }
  // The program's directory for temporary files.
  std::filesystem::path UseTemporaryDirectoryOfOurOwn() const {
    const auto path = directory_ / "tmp";
    std::filesystem::create_directory(path);
    setenv("TMPDIR", path.c_str(), 1);
    return path;
  }
  void TearDown() override { unsetenv("TMPDIR"); }
  int Calls(const char* action) const { return CountCalls(json::parse(cloud_->Truth()), action); }
};

TEST_F(FleetTerraformTest, ABaselineAsksNoCloudForAnything) {
  const json run = Measure("TerraformBaseline");
  EXPECT_EQ(Label(run).at("critical_path"),
            "terraform_init > terraform_apply > terraform_outputs > second_init > second_apply > "
            "second_outputs > complete");
  EXPECT_EQ(Calls("RunInstances"), 0);
  EXPECT_EQ(Calls("PutObject"), 0);
}

TEST_F(FleetTerraformTest, BatchedOutputsReadsOnce) {
  const json run = Measure("BatchedOutputs");
  EXPECT_THAT(std::string(Label(run).at("changed")), HasSubstr("terraform output -json, once"));
  EXPECT_GT(run.at("step_terraform_outputs_ms"), 0);
}

// The step itself checks that the second directory has the state of the first.
TEST_F(FleetTerraformTest, RemoteStateIsFoundWithoutApplyingAgain) {
  const json run = Measure("RemoteState");
  EXPECT_FALSE(run.contains("step_second_apply_ms"));
  EXPECT_GT(run.at("step_second_outputs_ms"), 0);
  EXPECT_GE(Calls("PutObject"), 2) << "lock and state";
  EXPECT_GE(Calls("DeleteBucket"), 1);
}

TEST_F(FleetTerraformTest, PluginCacheIsFilledOffTheClock) {
  const json run = Measure("PluginCache");
  EXPECT_FALSE(run.contains("step_plugin_cache_ms"));
  EXPECT_GT(run.at("step_second_init_ms"), 0);
}

TEST_F(FleetTerraformTest, KilledWithAStateInItsBucketItIsCleanedUp) {
  const auto temporary = UseTemporaryDirectoryOfOurOwn();
  StartFleet("RemoteState", "", {"--benchmark_repetitions=50"});
  test_support::WaitUntil("the fourth upload", [&] { return Calls("PutObject") >= 4; });
  program_->Signal(SIGKILL);
  ASSERT_EQ(program_->Wait(), 128 + SIGKILL);
  EXPECT_THAT(cloud_->Held(), Not(IsEmpty()));
  auto cleanup =
      Start({"--cleanup", "--endpoint_url=" + cloud_->endpoint_url()}, cloud_->Environment());
  EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
  ExpectCleanAccount();
  // The files that it left name the bucket, but contain no credentials that may write to it.
  int told = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(temporary)) {
    if (!entry.is_regular_file() || entry.file_size() > 1'000'000) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    told += text.find(cloud_->endpoint_url()) != std::string::npos ? 1 : 0;
    EXPECT_THAT(text, Not(HasSubstr(cloud_->secret_access_key()))) << entry.path();
    EXPECT_THAT(text, Not(HasSubstr(cloud_->access_key_id()))) << entry.path();
  }
  EXPECT_GE(told, 2) << "the backend's configuration, and the file that init made from it";
}

TEST_F(FleetTerraformTest, AnInterruptEndsItAndLeavesNothing) {
  const auto temporary = UseTemporaryDirectoryOfOurOwn();
  StartFleet("RemoteState", "", {"--benchmark_repetitions=50"});
  test_support::WaitUntil("the second upload", [&] { return Calls("PutObject") >= 2; });
  program_->Signal(SIGINT);
  EXPECT_EQ(Wait(), 130) << program_->errors();
  ExpectCleanAccount();
  EXPECT_TRUE(std::filesystem::is_empty(temporary));
}

// Holds on any machine, with or without Terraform.
class WithoutTerraformTest : public FleetProgramTest {};

TEST_F(WithoutTerraformTest, ItsVariantsAreLeftOutWithOneLine) {
  const auto programs = directory_ / "programs";
  std::filesystem::create_directory(programs);
  for (const std::string program : {"redis-server", "redis-cli"}) {
    for (const std::string place : {"/usr/bin/", "/usr/local/bin/", "/bin/"}) {
      if (std::filesystem::exists(place + program) && !std::filesystem::exists(programs / program))
        std::filesystem::create_symlink(place + program, programs / program);
    }
  }
  if (!std::filesystem::exists(programs / "redis-cli")) GTEST_SKIP() << "Redis is elsewhere";
  auto environment = cloud_->Environment();
  environment["PATH"] = programs;
  auto program = Start({"--benchmark_filter=Fleet/(RemoteState|PluginCache|BatchedOutputs)/",
                        "--endpoint_url=" + cloud_->endpoint_url(),
                        "--ssh_port=" + std::to_string(cloud_->ssh_port())},
                       environment);
  program->Wait();
  EXPECT_THAT(program->errors(),
              HasSubstr("launch_bench: Fleet/BatchedOutputs, "
                        "Fleet/RemoteState, Fleet/PluginCache are skipped: terraform is not "
                        "installed here\n"));
  EXPECT_THAT(program->output(), Not(HasSubstr("Fleet/RemoteState")));
  EXPECT_THAT(cloud_->Held(), IsEmpty());
}

}  // namespace
}  // namespace suites
