// A fleet's containers and the workload of its tasks, run by launch_bench.
#include "tests/suites/fleet_program.h"

namespace suites {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class FleetWorkloadTest : public FleetProgramTest {
 protected:
  std::string Workload(const std::string& variant) const {
    const auto runs = Repetitions("Fleet/" + variant);
    if (runs.empty() || !runs[0].contains("label")) return "nothing was reported";
    return nlohmann::json::parse(std::string(runs[0].at("label"))).value("workload", "not said");
  }
};

TEST_F(FleetWorkloadTest, EveryTaskLoadsIt) {
  ASSERT_EQ(Run("PulledRunnerImage"), 0) << program_->errors() << program_->output();
  EXPECT_EQ(Workload("PulledRunnerImage"), "3 of 3 tasks loaded a stand-in (modelled)");
  EXPECT_THAT(program_->output(), HasSubstr("workload: 3 of 3 tasks"));
  EXPECT_GT(Repetitions("Fleet/PulledRunnerImage").at(0).at("load_median_ms"), 0);
  ExpectCleanAccount();
}

// The published image has no git, and the fleet must report that.
TEST_F(FleetWorkloadTest, AnImageWithoutGitFailsByName) {
  const std::string image = "public.ecr.aws/docker/library/redis:7";
  EXPECT_EQ(Run("PulledRunnerImage", R"("recipes": {"pull-runner-image": "docker pull )" + image +
                                         " && docker tag " + image + R"( fleet-runner"})"),
            1);
  const std::string failure = FirstFailure("PulledRunnerImage");
  EXPECT_THAT(failure, HasSubstr("could not load the workload: "));
  EXPECT_THAT(failure, HasSubstr("git: not found"));
  ExpectCleanAccount();
}

TEST_F(FleetWorkloadTest, AnInstancesCopyIsThereForItsTasks) {
  ASSERT_EQ(Run("CachedWorkload"), 0) << program_->errors() << program_->output();
  EXPECT_EQ(Workload("CachedWorkload"), "3 of 3 tasks found the instance's copy");
  ExpectCleanAccount();
}

TEST_F(FleetWorkloadTest, AnInstancesCopyThatIsEmptyFailsByName) {
  EXPECT_EQ(Run("CachedWorkload", R"("recipes": {"load-workload": "true"})"), 1);
  EXPECT_THAT(FirstFailure("CachedWorkload"), HasSubstr("nothing is in /srv/fleet/workload"));
}

TEST_F(FleetWorkloadTest, AnOrchestratorFromThePublishedImageCanReadItsSettings) {
  ASSERT_EQ(Run("PulledOrchestratorImage"), 0) << program_->errors() << program_->output();
  EXPECT_EQ(Repetitions("Fleet/PulledOrchestratorImage").at(0).at("tasks_done"), 4);
}

}  // namespace
}  // namespace suites
