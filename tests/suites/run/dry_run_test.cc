// Compares --dry_run and --api_log with what a run then does and with the cloud's truth.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "aws/ec2.h"
#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<std::string> kQuick{"--time_scale=0.02", "--rtt=0ms"};

// Returns false for EC2 actions that change nothing, and for actions of services without dry run.
bool Changes(const std::string& action) {
  static const std::set<std::string> others{"GetCallerIdentity",  "GetParameter",
                                            "GetServiceQuota",    "GetConsoleOutput",
                                            "SendSSHPublicKey",   "GetObject",
                                            "PutObject",          "HeadObject",
                                            "DeleteObject",       "ListObjectsV2",
                                            "CreateBucket",       "DeleteBucket",
                                            "ListBuckets",        "HeadBucket",
                                            "GetBucketLocation",  "GetBucketVersioning",
                                            "CreateQueue",        "DeleteQueue",
                                            "ListQueues",         "GetQueueUrl",
                                            "SendMessage",        "SendMessageBatch",
                                            "ReceiveMessage",     "DeleteMessage",
                                            "DeleteMessageBatch", "ChangeMessageVisibility",
                                            "GetQueueAttributes"};
  return !action.starts_with("Describe") && !others.contains(action);
}

class DryRunTest : public LaunchProgramTest {
 protected:
  void StartCloud(const std::string& faults = "", const std::string& profile = "") {
    auto flags = kQuick;
    if (!faults.empty()) flags.push_back("--faults=" + WriteFile("faults.json", faults));
    if (!profile.empty()) flags.push_back("--profile=" + WriteFile("profile.json", profile));
    cloud_ = std::make_unique<LocalCloud>(Program("localcloud"), flags);
  }
  json Truth() const { return json::parse(cloud_->Truth()); }
  // Returns the report of a dry run, and checks that nothing was created.
  json DryRun(std::vector<std::string> flags, int status = 0) {
    const json before = Truth();
    flags.insert(flags.end(), {"--dry_run", "--benchmark_format=json"});
    auto program = StartAt(*cloud_, std::move(flags));
    EXPECT_EQ(program->Wait(), status) << program->errors();
    EXPECT_THAT(cloud_->Held(), IsEmpty());
    EXPECT_EQ(Machines(Truth()), Machines(before));
    const std::string output = program->output();
    EXPECT_EQ(json::parse(output), Json()) << "--benchmark_out has the same";
    return json::parse(output);
  }
  static int Machines(const json& truth) {
    return static_cast<int>(std::ranges::count_if(
        truth, [](const json& entry) { return entry.at("kind") == "launch"; }));
  }
  // Returns the most machines that existed at the same time, from their launch to the call that
  // ended them.
  static int MostAtOnce(const json& truth) {
    std::vector<std::pair<std::int64_t, int>> changes;
    for (const auto& entry : truth) {
      if (!entry.contains("events")) continue;
      const json& events = entry.at("events");
      if (entry.at("kind") == "launch") changes.emplace_back(events.at("requested"), 1);
      if (events.contains("shutting_down")) changes.emplace_back(events.at("shutting_down"), -1);
    }
    std::ranges::sort(changes);
    int now = 0;
    int most = 0;
    for (const auto& [at, change] : changes) most = std::max(most, now += change);
    EXPECT_EQ(now, 0) << "all have ended";
    return most;
  }

  std::unique_ptr<LocalCloud> cloud_;
};

// For every technique except fleets. The plan comes from declarations, and a declaration may be
// forgotten. A run must not make more than announced, and exactly as many machines if the plan is
// exact.
TEST_F(DryRunTest, ARunMakesWhatWasAnnounced) {
  StartCloud();
  const std::vector<std::string> flags{
      "--benchmark_filter=^(Cold|PreEni|EbsSize|StartStopped|Hibernate|Burst/4|Hybrid|WarmPool|"
      "Instrument/Watcher|RebakedAmi)",
      "--benchmark_repetitions=2", "--concurrency=6"};
  const json plan = DryRun(flags).at("dry_run");
  EXPECT_EQ(plan.at("ready"), true) << plan.at("missing");
  ASSERT_EQ(plan.at("regions").size(), 1u);
  const json& region = plan.at("regions")[0];

  // The run must not exceed the announced cost, which is its limit.
  auto run_flags = flags;
  run_flags.push_back("--max_usd=" + std::to_string(plan.at("most_usd").get<double>() + 1e-6));
  auto run = StartAt(*cloud_, run_flags);
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  const json truth = Truth();

  int least = 0;
  for (const auto& technique : plan.at("techniques"))
    least += technique.at("least_machines").get<int>();
  EXPECT_EQ(Machines(truth), plan.at("machines")) << "the image was not there, so all are launched";
  EXPECT_EQ(least, plan.at("machines").get<int>() - 2) << "those of the image's bake";
  EXPECT_LE(MostAtOnce(truth), region.at("at_once").at("instance").get<int>());
  const json& creations = region.at("creations");
  const std::map<std::string, std::string> creates{{"key pair", "ImportKeyPair"},
                                                   {"security group", "CreateSecurityGroup"},
                                                   {"interface", "CreateNetworkInterface"},
                                                   {"address", "AllocateAddress"},
                                                   {"image", "CreateImage"}};
  // One call of each action is from the dry run; the others are from the run.
  for (const auto& [kind, action] : creates) {
    const int made = CountCalls(truth, action) - 1;
    EXPECT_LE(made, creations.at(kind).get<int>()) << kind;
    EXPECT_GE(made, 1) << kind;
  }
  std::set<std::string> announced;
  for (const auto& [action, verdict] : region.at("permissions").items()) {
    announced.insert(action);
    EXPECT_THAT(verdict, testing::AnyOf("allowed", "not refused")) << action;
  }
  for (const auto& entry : truth) {
    if (entry.at("kind") != "call" || !Changes(entry.at("action"))) continue;
    EXPECT_TRUE(announced.contains(entry.at("action"))) << entry.at("action");
  }
  EXPECT_EQ(plan.at("other_services"), json({"ec2-instance-connect"}));
  EXPECT_GT(CountCalls(truth, "SendSSHPublicKey"), 0);
  EXPECT_GT(plan.at("least_usd").get<double>(), 0);
  EXPECT_LT(plan.at("least_usd").get<double>(), plan.at("most_usd").get<double>());

  // Now the image exists, so the plan is only an upper bound, as it states.
  auto again = StartAt(*cloud_, {"--benchmark_filter=^RebakedAmi/", "--benchmark_repetitions=2"});
  ASSERT_EQ(again->Wait(), 0) << again->errors();
  EXPECT_EQ(Machines(Truth()) - Machines(truth), 2);
}

TEST_F(DryRunTest, SaysInTextWhatIsMadeWhereAndAtWhatCost) {
  StartCloud();
  auto program =
      StartAt(*cloud_, {"--dry_run", "--benchmark_filter=^(Cold|WarmPool/InstanceConnect)/",
                        "--benchmark_repetitions=3", "--concurrency=4", "--max_usd=1"});
  EXPECT_EQ(program->Wait(), 0) << program->errors();
  const std::string text = program->output();
  EXPECT_THAT(text, HasSubstr("3 launch(es): 3 m7i.large; 0.00"));
  EXPECT_THAT(text, HasSubstr("at once, at most: 4 instance, 1 key pair, 1 security group"));
  EXPECT_THAT(text, HasSubstr("vCPUs: up to 8 at once (m7i.large), 0 in use; quota L-1216C47A "
                              "(Running On-Demand Standard instances): 512"));
  EXPECT_THAT(text, HasSubstr("allowed: CreateSecurityGroup, DeleteKeyPair, ImportKeyPair"));
  EXPECT_THAT(text, HasSubstr("not refused: AuthorizeSecurityGroupIngress"));
  EXPECT_THAT(text, HasSubstr("--max_usd=1 stops the run before that"));
  EXPECT_THAT(text, HasSubstr("not checked (no dry run exists): ec2-instance-connect"));
  EXPECT_THAT(text, HasSubstr("Ready. A dry run: nothing was created."));
  EXPECT_THAT(cloud_->Held(), IsEmpty());
}

TEST_F(DryRunTest, ADeniedCreateAndADeniedChangeAreMissing) {
  StartCloud(R"([{"action": "RunInstances", "error": "UnauthorizedOperation", "http_status": 403},
                 {"action": "StopInstances", "error": "UnauthorizedOperation",
                  "http_status": 403}])");
  const json report = DryRun({"--benchmark_filter=^StartStopped/"}, 1).at("dry_run");
  EXPECT_EQ(report.at("ready"), false);
  ASSERT_EQ(report.at("missing").size(), 1u) << report.at("missing");
  EXPECT_THAT(report.at("missing")[0].get<std::string>(),
              HasSubstr("us-west-2: not permitted: ec2:RunInstances, ec2:StopInstances; "
                        "--print_iam_policy"));
  EXPECT_EQ(report.at("regions")[0].at("permissions").at("StartInstances"), "not refused");
  // Cold does not stop machines.
  EXPECT_THAT(DryRun({"--benchmark_filter=^Cold/"}, 1).dump(), Not(HasSubstr("StopInstances")));
}

// An image may say that its volumes outlive the machine. Then the run deletes them.
TEST_F(DryRunTest, ADeniedDeletionOfVolumesIsMissing) {
  StartCloud(
      R"([{"action": "DeleteVolume", "error": "UnauthorizedOperation", "http_status": 403}])");
  const json report = DryRun({"--benchmark_filter=^Cold/"}, 1).at("dry_run");
  ASSERT_EQ(report.at("missing").size(), 1u) << report.at("missing");
  EXPECT_THAT(report.at("missing")[0].get<std::string>(),
              HasSubstr("not permitted: ec2:DeleteVolume"));
}

// A policy that requires a run's tags refuses every call about a resource that does not exist.
TEST_F(DryRunTest, WhatATagsConditionRefusesIsNotCalledMissing) {
  std::string faults;
  for (const char* action : {"TerminateInstances", "DeleteVolume", "DeleteKeyPair",
                             "DeleteSecurityGroup", "AuthorizeSecurityGroupIngress"}) {
    faults += std::string(faults.empty() ? "[" : ", ") + R"({"action": ")" + action +
              R"(", "error": "UnauthorizedOperation", "http_status": 403})";
  }
  StartCloud(faults + "]");
  const json report = DryRun({"--benchmark_filter=^Cold/"}, 0).at("dry_run");
  EXPECT_EQ(report.at("regions")[0].at("permissions").at("TerminateInstances"), "not shown");
  EXPECT_THAT(report.at("missing"), IsEmpty());
}

TEST_F(DryRunTest, AQuotaThatIsTooSmallIsMissing) {
  StartCloud("", R"({"base": "ec2", "name": "small", "quotas": {"standard_vcpus":
                     {"count": 5, "mark": "assumed", "source": "AWS's default"}}})");
  const json report = DryRun({"--benchmark_filter=^Cold/", "--concurrency=3"}, 1).at("dry_run");
  ASSERT_EQ(report.at("missing").size(), 1u);
  EXPECT_THAT(report.at("missing")[0].get<std::string>(),
              HasSubstr("quota L-1216C47A (Running On-Demand Standard instances) is 5 vCPUs, 0 are "
                        "in use, and the run takes up to 6 at once; lower --concurrency"));
  DryRun({"--benchmark_filter=^Cold/", "--concurrency=2"}, 0);
}

TEST_F(DryRunTest, AQuotaThatCannotBeReadIsSaidAndNoHindrance) {
  StartCloud(R"([{"action": "GetServiceQuota", "error": "AccessDeniedException",
                  "http_status": 400}])");
  const json report = DryRun({"--benchmark_filter=^Cold/"}, 0).at("dry_run");
  const json& vcpus = report.at("regions")[0].at("vcpus")[0];
  EXPECT_TRUE(vcpus.at("limit").is_null());
  EXPECT_THAT(vcpus.at("why").get<std::string>(), HasSubstr("AccessDeniedException"));
}

TEST_F(DryRunTest, ABudgetBelowTheLeastCostIsMissing) {
  StartCloud();
  const json report =
      DryRun({"--benchmark_filter=^Cold/", "--benchmark_repetitions=3", "--max_usd=0.001"}, 1)
          .at("dry_run");
  EXPECT_THAT(report.at("missing")[0].get<std::string>(), HasSubstr("--max_usd=0.001 is less"));
}

TEST_F(DryRunTest, FewerInstancesThanItLaunchesAtLeastAreMissing) {
  StartCloud();
  const std::vector<std::string> flags{"--benchmark_filter=^Cold/", "--benchmark_repetitions=3"};
  auto with_limit = flags;
  with_limit.push_back("--max_instances=2");
  const json report = DryRun(with_limit, 1).at("dry_run");
  EXPECT_THAT(report.at("missing")[0].get<std::string>(),
              HasSubstr("--max_instances=2 is less than the 3 machine(s)"));
  EXPECT_EQ(report.at("max_instances"), 2);
  with_limit.back() = "--max_instances=3";
  EXPECT_THAT(DryRun(with_limit, 0).at("dry_run").at("missing"), IsEmpty());
  // An image may exist already. Then no machine is launched to bake it.
  DryRun({"--benchmark_filter=^RebakedAmi/", "--benchmark_repetitions=3", "--max_instances=3"}, 0);
}

TEST_F(DryRunTest, WhatARunLooksForInVainIsMissing) {
  StartCloud();
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"--benchmark_filter=^Cold/", "--security_group_id=sg-0123456789abcdef0"},
       "us-west-2: security group sg-0123456789abcdef0 does not exist in us-west-2; check "
       "--security_group_id and --region"},
      {{"--benchmark_filter=^MinimalAmi/", "--minimal_ami=ami-0123456789abcdef0"},
       "us-west-2: MinimalAmi: image ami-0123456789abcdef0 does not exist"},
      {{"--benchmark_filter=^AvailabilityZone/", "--instance_type=t2.micro",
        "--availability_zones=us-west-2a"},
       "AvailabilityZone/us-west-2a: zone us-west-2a does not offer t2.micro"},
      {{"--benchmark_filter=^AvailabilityZone/", "--availability_zones=us-west-2z"},
       "AvailabilityZone/us-west-2z: zone us-west-2z does not offer m7i.large"},
      {{"--benchmark_filter=^EbsSize/", "--ebs_sizes=4"}, "EbsSize/4GiB: image ami-"},
      {{"--benchmark_filter=^InstanceType/", "--instance_types=x9.huge"}, "InstanceType/x9.huge: "},
  };
  for (const auto& [flags, message] : cases) {
    const json report = DryRun(flags, 1).at("dry_run");
    EXPECT_EQ(report.at("ready"), false);
    ASSERT_EQ(report.at("missing").size(), 1u) << report.at("missing");
    EXPECT_THAT(report.at("missing")[0].get<std::string>(), HasSubstr(message));
  }
}

TEST_F(DryRunTest, AGivenSecurityGroupIsOfTheSubnetsVpc) {
  StartCloud();
  aws::ClientConfig config;
  config.service = "ec2";
  config.region = "us-west-2";
  config.endpoint_url = cloud_->endpoint_url();
  config.credentials = {cloud_->access_key_id(), cloud_->secret_access_key(), "", "the test"};
  aws::Ec2 ec2(std::make_shared<aws::Client>(std::move(config)));
  const std::string there = ec2.DescribeSecurityGroups({}, {}).at(0).group_id;
  DryRun({"--benchmark_filter=^Cold/", "--security_group_id=" + there}, 0);
  const std::string vpc = ec2.CreateVpc("10.9.0.0/16", {}, {});
  const std::string elsewhere = ec2.CreateSecurityGroup("other", "of another VPC", vpc, {}, {});
  auto program = StartAt(
      *cloud_, {"--dry_run", "--benchmark_filter=^Cold/", "--security_group_id=" + elsewhere});
  EXPECT_EQ(program->Wait(), 1);
  EXPECT_THAT(program->output(), HasSubstr("missing: us-west-2: security group " + elsewhere +
                                           " belongs to " + vpc + ", and subnet "));
}

// The report has the sum of known prices, and names what is not included.
TEST_F(DryRunTest, WhatHasNoPriceIsNamedAndTheRestAddedUp) {
  StartCloud();
  const std::string filter = "--benchmark_filter=^(Cold|Region/eu-west-1|Region/us-east-1)/";
  const json report = DryRun({filter}).at("dry_run");
  double least = 0;
  double most = 0;
  for (const json& one : report.at("techniques")) {
    EXPECT_EQ(one.at("least_usd").is_null(), one.at("region") == "eu-west-1") << one;
    if (one.at("least_usd").is_null()) continue;
    least += one.at("least_usd").get<double>();
    most += one.at("most_usd").get<double>();
  }
  EXPECT_NEAR(report.at("least_usd").get<double>(), least, 1e-9);
  EXPECT_NEAR(report.at("most_usd").get<double>(), most, 1e-9);
  EXPECT_GT(least, 0);
  EXPECT_EQ(report.at("unpriced"), json({"m7i.large in eu-west-1"}));
  auto program = StartAt(*cloud_, {"--dry_run", filter});
  EXPECT_EQ(program->Wait(), 0) << program->errors();
  EXPECT_THAT(program->output(),
              HasSubstr("; not included, since no price is known: m7i.large in eu-west-1"));
  EXPECT_TRUE(
      DryRun({"--benchmark_filter=^Region/eu-west-1/"}).at("dry_run").at("least_usd").is_null());
}

TEST_F(DryRunTest, AnEndpointThatNobodyAnswersIsWrongUsage) {
  auto program = LaunchProgramTest::Start(
      {"--dry_run", "--benchmark_filter=^(Cold|Region/eu-west-1)/",
       "--endpoint_url=http://127.0.0.1:9"},
      {{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", "secret"}});
  EXPECT_EQ(program->Wait(), 2) << program->output();
  EXPECT_THAT(program->errors(), HasSubstr("127.0.0.1:9"));
  EXPECT_EQ(std::ranges::count(program->errors(), '\n'), 1) << program->errors();
  EXPECT_THAT(program->output(), IsEmpty());
}

TEST_F(DryRunTest, WrongUsageIsOneLine) {
  const std::map<std::string, std::vector<std::string>> wrong{
      {"remove --resume", {"--dry_run", "--resume=lb-1"}},
      {"--dry_run takes one configuration",
       {"--dry_run", "--interleave=" + WriteFile("a", "") + "," + WriteFile("b", "")}},
      {"no benchmark matches", {"--dry_run", "--benchmark_filter=^Moon/"}},
      {"--cleanup makes none; remove one of them", {"--dry_run", "--cleanup"}},
      {"--ssh_cidr must be an address block such as 203.0.113.7/32", {"--ssh_cidr=garbage"}},
      {"--address=ipv6: PreEni knows public and private IPv4 addresses only; leave PreEni out of "
       "--benchmark_filter",
       {"--dry_run", "--address=ipv6", "--benchmark_filter=PreEni"}},
      {"--api_log: cannot write", {"--dry_run", "--benchmark_filter=^Cold/", "--api_log=/none/x"}},
      {"no price is known for m7i.large in eu-west-1",
       {"--dry_run", "--benchmark_filter=^Cold/", "--region=eu-west-1", "--max_usd=5"}}};
  for (const auto& [message, flags] : wrong) {
    auto program = LaunchProgramTest::Start(flags);
    EXPECT_EQ(program->Wait(), 2) << message;
    EXPECT_THAT(program->errors(), HasSubstr(message));
    EXPECT_EQ(std::ranges::count(program->errors(), '\n'), 1) << program->errors();
  }
}

TEST_F(DryRunTest, TheApiLogHasEveryCallThatTheCloudHad) {
  StartCloud(R"([{"action": "RunInstances", "error": "InternalError", "http_status": 500,
                  "times": 1}])");
  const std::string path = directory_ / "calls.jsonl";
  auto run = StartAt(*cloud_, {"--benchmark_filter=^(Cold|WarmPool/InstanceConnect)/",
                               "--benchmark_repetitions=1", "--api_log=" + path});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  std::map<std::string, int> logged;
  std::set<std::string> codes;
  std::ifstream file(path);
  std::string text;
  for (std::string line; std::getline(file, line); text += line) {
    const json call = json::parse(line);
    ++logged[call.at("action")];
    codes.insert(call.at("code"));
  }
  for (const char* action : {"RunInstances", "ImportKeyPair", "SendSSHPublicKey", "GetParameter",
                             "TerminateInstances", "GetCallerIdentity"})
    EXPECT_EQ(logged[action], CountCalls(Truth(), action)) << action;
  EXPECT_EQ(logged["RunInstances"], 3) << "one was sent again";
  EXPECT_TRUE(codes.contains("InternalError"));
  for (const std::string& secret : {cloud_->access_key_id(), cloud_->secret_access_key()})
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  EXPECT_THAT(text, Not(HasSubstr("i-")));
}

TEST_F(DryRunTest, AnApiLogThatCannotBeWrittenFailsTheRun) {
  StartCloud();
  auto run = StartAt(
      *cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=1", "--api_log=/dev/full"});
  EXPECT_EQ(run->Wait(), 1);
  EXPECT_THAT(run->errors(), HasSubstr("--api_log could not be written"));
}

}  // namespace
}  // namespace suites
