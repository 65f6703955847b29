// --max_instances, --max_usd, and the confirmation before an AWS run, compared with the cloud's
// truth.
#include <gmock/gmock.h>

#include <cstdlib>
#include <map>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::ChildProcess;
using test_support::LocalCloud;
using testing::HasSubstr;
using testing::Not;

class SpendLimitProgramTest : public LaunchProgramTest {
 protected:
  SpendLimitProgramTest() : cloud_(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms"}) {}

  int Launched() const { return CountCalls(json::parse(cloud_.Truth()), "RunInstances"); }
  // Runs with --cloud=aws; only the endpoint is another one.
  std::unique_ptr<ChildProcess> StartAsAws(std::vector<std::string> flags) const {
    flags.push_back("--cloud=aws");
    flags.push_back("--ssh_port=" + std::to_string(cloud_.ssh_port()));
    return Start(std::move(flags), cloud_.Environment());
  }

  LocalCloud cloud_;
};

TEST_F(SpendLimitProgramTest, NoMachineMoreThanAllowed) {
  auto run = StartAt(
      cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=6", "--max_instances=4"});
  EXPECT_EQ(run->Wait(), 1);
  EXPECT_THAT(run->errors(), HasSubstr("not everything was launched: --max_instances=4"));
  EXPECT_EQ(Launched(), 4);
  EXPECT_EQ(Repetitions("Cold").size(), 4u) << "a launch that was not made is not a result";

  auto resumed = StartAt(cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=6",
                                  "--resume=" + json_path()});
  EXPECT_EQ(resumed->Wait(), 0) << resumed->errors();
  EXPECT_EQ(Repetitions("Cold").size(), 6u);
}

TEST_F(SpendLimitProgramTest, NoMachineThatMayCostTooMuch) {
  // m7i.large for half an hour: some 0.053 USD.
  auto run = StartAt(cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=6",
                              "--concurrency=6", "--max_usd=0.17"});
  EXPECT_EQ(run->Wait(), 1);
  EXPECT_THAT(run->errors(), HasSubstr("--max_usd=0.17: 1 m7i.large may cost 0.05"));
  EXPECT_GE(Launched(), 3);
  EXPECT_LT(Launched(), 6);
}

// The default sweep has five regions, and launch_bench does not know the prices of two of them.
TEST_F(SpendLimitProgramTest, TheDefaultSweepGoesThroughTheRegionsThatHavePrices) {
  auto run =
      StartAt(cloud_, {"--benchmark_filter=^Region/", "--benchmark_repetitions=1", "--max_usd=5"});
  EXPECT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_THAT(run->errors(), HasSubstr("Region/eu-west-1, Region/ap-northeast-1 are skipped: "
                                       "--max_usd needs the price of m7i.large"));
  EXPECT_EQ(Lines().size(), 3u);
  auto other =
      StartAt(cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=1", "--max_usd=5"});
  EXPECT_EQ(other->Wait(), 0) << other->errors();
  EXPECT_THAT(other->errors(), Not(HasSubstr("skipped")));
  auto none = StartAt(cloud_, {"--benchmark_filter=^Region/eu-west-1", "--max_usd=5"});
  EXPECT_EQ(none->Wait(), 2);
  EXPECT_THAT(none->errors(), HasSubstr("Region/eu-west-1 is skipped: --max_usd needs the price"));
}

// If the endpoint's URL is given, a variable cannot choose another endpoint.
TEST_F(SpendLimitProgramTest, FipsAndAnEndpointsUrlExcludeEachOther) {
  auto environment = cloud_.Environment();
  environment["AWS_USE_FIPS_ENDPOINT"] = "true";
  auto run =
      Start({"--benchmark_filter=^Cold/", "--endpoint_url=" + cloud_.endpoint_url()}, environment);
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("AWS_USE_FIPS_ENDPOINT"));
}

TEST_F(SpendLimitProgramTest, AnUnknownPriceIsSaidBeforeAnythingIsMade) {
  auto run = StartAt(cloud_, {"--benchmark_filter=^Cold/", "--region=eu-west-1", "--max_usd=5"});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("no price is known for m7i.large in eu-west-1"));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "ImportKeyPair"), 0);
}

TEST_F(SpendLimitProgramTest, OnAwsItSaysWhatItCostsAndWantsAYes) {
  const std::vector<std::string> flags{"--benchmark_filter=^(Cold|WarmPool/Ssh)/iter",
                                       "--benchmark_repetitions=2"};
  auto asked = StartAsAws(flags);  // the standard input of a test is not a terminal
  EXPECT_EQ(asked->Wait(), 2);
  EXPECT_THAT(asked->errors(), HasSubstr("4 launch(es), which take 3 machine(s)"));
  EXPECT_THAT(asked->errors(), HasSubstr("at least 0.01 USD"));
  EXPECT_THAT(asked->errors(), HasSubstr("add --yes"));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "ImportKeyPair"), 0);

  auto agreed_flags = flags;
  agreed_flags.push_back("--yes");
  auto agreed = StartAsAws(agreed_flags);
  EXPECT_EQ(agreed->Wait(), 0) << agreed->errors();
  EXPECT_THAT(agreed->errors(), HasSubstr("4 launch(es)"));

  auto local =
      Start({"--benchmark_filter=^Cold/", "--benchmark_repetitions=1", "--local_time_scale=0.02"});
  EXPECT_EQ(local->Wait(), 0);
  EXPECT_THAT(local->errors(), Not(HasSubstr("USD")));
}

// Runs on a terminal made by script(1).
TEST_F(SpendLimitProgramTest, AtATerminalItAsks) {
  if (std::system("script --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no script(1) here";
  const std::string run =
      Program("launch_bench") + " --cloud=aws --benchmark_filter=^Cold/" +
      " --benchmark_repetitions=1 --ssh_port=" + std::to_string(cloud_.ssh_port()) +
      " --benchmark_out=" + json_path();
  for (const auto& [answer, status] : std::map<std::string, int>{{"n", 2}, {"", 2}, {"y", 0}}) {
    auto environment = cloud_.Environment();
    environment["XDG_STATE_HOME"] = state_home();
    // The input stays open, because script(1) ends the session at its end.
    const std::string input = directory_ / ("input" + answer);
    ChildProcess asked({"sh", "-c",
                        "mkfifo " + input + "; script -qefc '" + run + "' /dev/null < " + input +
                            " & exec 3> " + input + "; echo '" + answer + "' >&3; wait $!"},
                       environment);
    EXPECT_EQ(asked.Wait(), status) << asked.output();
    EXPECT_THAT(asked.output(), HasSubstr("go on? [y/N]")) << answer;
    EXPECT_EQ(Launched(), status == 0 ? 1 : 0) << answer;
  }
}

}  // namespace
}  // namespace suites
