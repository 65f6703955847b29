// A run with the request rates and delays of the default profile.
#include <gmock/gmock.h>

#include "aws/ec2.h"
#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;

using MeteringTest = LaunchProgramTest;

// More machines than RunInstances has tokens, in launches, pools and bursts, and at the same time
// machines that are stopped before they are timed.
TEST_F(MeteringTest, NoTimedCallIsRefusedForItsRate) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.5", "--rtt=1ms"});
  auto run = StartAt(cloud, {"--benchmark_repetitions=2", "--concurrency=8",
                             "--benchmark_filter=^(Cold|Burst/4|StartStopped|WarmPool/.*)/iter"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  double waited = 0;
  int samples = 0;
  for (const json& line : Lines()) {
    EXPECT_EQ(line.at("counters").at("throttled_calls"), 0) << line;
    EXPECT_EQ(line.at("counters").at("retries"), 0) << line;
    waited += line.at("counters").at("prepare_wait_ms").get<double>();
    ++samples;
  }
  EXPECT_EQ(samples, 12);
  EXPECT_GT(waited, 0) << "the imposed wait is reported";
  EXPECT_THAT(cloud.Held(), testing::IsEmpty());
}

// A call that names a new resource must come after EC2 knows it, and a query by tag after the tag
// is visible. With the user's own security group and private addresses, no set-up call waits long
// enough by chance.
TEST_F(MeteringTest, NoTimedCallMeetsWhatIsTooNew) {
  const std::string late = R"({"constant_ms": 30000, "mark": "assumed", "source": "this test"})";
  const std::string profile = WriteFile(
      "profile.json", R"({"name": "late", "base": "ec2", "description": "a test", "consistency": {)"
                      R"("new_ids": )" +
                          late + R"(, "tag_index": )" + late + "}}");
  const LocalCloud cloud(Program("localcloud"),
                         {"--time_scale=0.05", "--rtt=1ms", "--profile=" + profile});
  aws::ClientConfig config;
  config.service = "ec2";
  config.region = cloud.region();
  config.endpoint_url = cloud.endpoint_url();
  config.credentials = {cloud.access_key_id(), cloud.secret_access_key(), "", "the test"};
  aws::Ec2 ec2(std::make_shared<aws::Client>(std::move(config)));
  const std::string group = ec2.DescribeSecurityGroups({}, {}).at(0).group_id;
  ec2.AuthorizeSecurityGroupIngress(group, 22, "127.0.0.0/8", {});
  ec2.AuthorizeSecurityGroupIngress(group, cloud.ssh_port(), "127.0.0.0/8", {});
  // In separate runs, because filling a pool takes longer than it takes until EC2 knows the key
  // pair.
  for (const std::string filter : {"^(Cold|PreEni)/", "^(WarmPool/TagClaim|Hybrid/.*)/iter"}) {
    auto run = StartAt(
        cloud, {"--security_group_id=" + group, "--address=private", "--benchmark_repetitions=1",
                "--hybrid_sizes=1/2", "--launch_timeout=20s", "--benchmark_filter=" + filter});
    ASSERT_EQ(run->Wait(), 0) << run->errors() << run->output();
    ASSERT_EQ(Lines().size(), 2u);
    for (const json& line : Lines()) EXPECT_EQ(line.at("counters").at("retries"), 0) << line;
  }
  EXPECT_THAT(cloud.Held(), testing::IsEmpty());
}

}  // namespace
}  // namespace suites
