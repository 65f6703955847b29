// Attacks by other users of the account or of this machine, who want --cleanup to do harm.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <sstream>

#include "aws/ec2.h"
#include "aws/s3.h"
#include "aws/ssm.h"
#include "fixtures/leftovers/run_identity.h"
#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::ChildProcess;
using test_support::LocalCloud;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::chrono::seconds kLong{120};

class CleanupCommandAttack : public LaunchProgramTest {
 protected:
  CleanupCommandAttack() : cloud_(Program("localcloud"), {"--time_scale=0.05", "--rtt=0ms"}) {}

  std::shared_ptr<aws::Client> Client(const std::string& service) const {
    aws::ClientConfig config;
    config.service = service;
    config.region = cloud_.region();
    config.endpoint_url = cloud_.endpoint_url();
    config.credentials = {cloud_.access_key_id(), cloud_.secret_access_key(), "", "test"};
    return std::make_shared<aws::Client>(std::move(config));
  }

  std::string AnImage() const {
    return aws::Ssm(Client("ssm"))
        .GetParameter("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", {});
  }

  // Launches a machine of another user, with arbitrary tags.
  std::string StrangersMachine(const std::vector<aws::Tag>& tags) {
    aws::Ec2 ec2(Client("ec2"));
    const auto subnets = ec2.DescribeSubnets({{"default-for-az", {"true"}}}, {});
    aws::RunInstancesRequest request;
    request.client_token = "stranger-" + std::to_string(++machines_);
    request.image_id = AnImage();
    request.instance_type = "m7i.large";
    request.subnet_id = subnets.front().subnet_id;
    request.tags = tags;
    const std::string id = ec2.RunInstances(request, {}).front().instance_id;
    // The index of tags lags behind, and what is not in it cannot dispute a run.
    test_support::WaitUntil("the machine's tags in the index", [&] {
      return !ec2.DescribeInstances({{"instance-id", {id}}, {"tag-key", {tags.front().key}}}, {})
                  .empty();
    });
    return id;
  }

  std::unique_ptr<ChildProcess> Cleanup(const std::string& state, const std::string& how = "") {
    auto environment = cloud_.Environment();
    environment["XDG_STATE_HOME"] = state;
    return Start({"--cleanup" + how, "--endpoint_url=" + cloud_.endpoint_url()}, environment);
  }
  std::string Elsewhere() const { return directory_ / "another"; }

  std::string KilledRun() {
    auto run = StartAt(cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=8"});
    test_support::WaitUntil("the third launch", [&] {
      return CountCalls(json::parse(cloud_.Truth()), "RunInstances") >= 3;
    });
    run->Signal(SIGKILL);
    run->Wait();
    const auto journal = std::filesystem::directory_iterator(Journals())->path();
    return journal.stem();
  }
  std::string Journals() const { return state_home() + "/launch_bench/journals"; }

  LocalCloud cloud_;
  int machines_ = 0;
};

constexpr char kProcess[] = "elsewhere/-/-/77/1";

TEST_F(CleanupCommandAttack, AWildcardInATagRemovesNothing) {
  const auto tags = [](const std::string& run, const std::string& expires) {
    return std::vector<aws::Tag>{{fixtures::kRunTag, run},
                                 {fixtures::kOwnerTag, "me@here"},
                                 {fixtures::kProcessTag, kProcess},
                                 {fixtures::kExpiresTag, expires}};
  };
  const auto now = std::chrono::system_clock::now();
  // Machines of a colleague whose run goes on, and a trap by a stranger.
  StrangersMachine(
      tags("lb-20260131-142501-00000a", fixtures::FormatUtc(now + std::chrono::hours(3))));
  for (const char* trap : {"*", "lb-*", "lb-2026013?-142501-00000a"})
    StrangersMachine(tags(trap, "2020-01-01T00:00:00Z"));
  auto cleanup = Cleanup(state_home());
  EXPECT_EQ(cleanup->Wait(kLong), 0) << cleanup->errors();
  EXPECT_THAT(cleanup->output(), HasSubstr("left alone: instance i-"));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "TerminateInstances"), 0);
  auto all = Cleanup(state_home(), "=all");
  all->Wait(kLong);
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "TerminateInstances"), 0);
}

TEST_F(CleanupCommandAttack, TheTagsOfARunThatIsOlderThanTheMachineRemoveNothing) {
  // The tags are complete and consistent, but copied: the machine is younger than its expiry says.
  StrangersMachine(fixtures::RunTags("lb-20260131-142501-00000a", "me@here", kProcess));
  auto cleanup = Cleanup(state_home());
  EXPECT_EQ(cleanup->Wait(kLong), 0) << cleanup->errors();
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "TerminateInstances"), 0);
}

TEST_F(CleanupCommandAttack, AJournalDoesNotEndAStrangersMachine) {
  const std::string machine = StrangersMachine({{"Name", "database"}});
  const std::string claimed = StrangersMachine({{fixtures::kRunTag, "lb-20260131-142501-00000b"}});
  const std::string run = "lb-20260131-142501-00000a";
  std::filesystem::create_directories(Journals());
  chmod((state_home() + "/launch_bench").c_str(), 0700);
  chmod(Journals().c_str(), 0700);
  std::ofstream(Journals() + "/" + run + ".jsonl")
      << json{{"event", "run"},      {"run", run},          {"owner", "me@here"},
              {"process", kProcess}, {"cloud", "endpoint"}, {"endpoint_url", cloud_.endpoint_url()},
              {"account", ""},       {"locked", true}}
             .dump()
      << "\n"
      << R"({"event":"intent","kind":"instance","token":"t","region":")" << cloud_.region()
      << "\"}\n"
      << R"({"event":"made","kind":"instance","id":")" << machine << R"(","region":")"
      << cloud_.region() << R"(","at":""})"
      << "\n"
      << R"({"event":"made","kind":"instance","id":")" << claimed << R"(","region":")"
      << cloud_.region() << R"(","at":")" << fixtures::FormatUtc(std::chrono::system_clock::now())
      << "\"}\n";
  auto cleanup = Cleanup(state_home());
  EXPECT_EQ(cleanup->Wait(kLong), 1) << cleanup->output();
  EXPECT_THAT(cleanup->errors(), HasSubstr("not removed: instance " + machine));
  EXPECT_THAT(cleanup->errors(), HasSubstr("not removed: instance " + claimed));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "TerminateInstances"), 0);
}

TEST_F(CleanupCommandAttack, AStrangersBucketWithARunsNameStays) {
  const std::string run = KilledRun();
  aws::S3 s3(Client("s3"));
  s3.CreateBucket(run + "-x", {});
  s3.PutObject(run + "-x", "key", "theirs", {});
  auto cleanup = Cleanup(state_home());
  EXPECT_EQ(cleanup->Wait(kLong), 0) << cleanup->errors();
  EXPECT_THAT(cleanup->output(), HasSubstr("removed run " + run));
  EXPECT_THAT(cleanup->output(), HasSubstr("left alone: bucket " + run + "-x"));
  EXPECT_THAT(s3.ListBuckets("", {}), Contains(run + "-x"));
  EXPECT_EQ(s3.GetObject(run + "-x", "key", {}), "theirs");
}

// Somebody removed tags. A resource without the run's tag still exists and still belongs to the
// run.
TEST_F(CleanupCommandAttack, WhatLostItsRunsTagIsNotForgotten) {
  const std::string run = KilledRun();
  std::string group;
  for (const std::string& held : cloud_.Held())
    if (held.starts_with("sg-")) group = held;
  ASSERT_NE(group, "");
  const auto tag = [&](const std::string& action, const std::string& tags) {
    ChildProcess cli({"aws", "ec2", action, "--resources", group, "--tags", tags, "--endpoint-url",
                      cloud_.endpoint_url()},
                     cloud_.Environment());
    ASSERT_EQ(cli.Wait(kLong), 0) << cli.errors();
  };
  tag("delete-tags", "Key=launch-bench:run");
  for (int i = 0; i < 2; ++i) {
    auto cleanup = Cleanup(state_home());
    EXPECT_EQ(cleanup->Wait(kLong), 1) << cleanup->output();
    EXPECT_THAT(cleanup->errors(), HasSubstr("not removed: security group " + group));
    EXPECT_THAT(cleanup->errors(), HasSubstr("it has no tag launch-bench:run"));
    EXPECT_THAT(cleanup->errors(), HasSubstr(run + ".jsonl is kept"));
    EXPECT_THAT(cloud_.Held(), testing::ElementsAre(group));
  }
  // Without the journal its other tags identify it.
  auto by_tags = Cleanup(Elsewhere());
  EXPECT_EQ(by_tags->Wait(kLong), 0) << by_tags->errors();
  EXPECT_THAT(by_tags->output(), HasSubstr("left alone: security group " + group));
  tag("create-tags", "Key=launch-bench:run,Value=" + run);
  auto again = Cleanup(state_home());
  EXPECT_EQ(again->Wait(kLong), 0) << again->errors();
  EXPECT_THAT(cloud_.Held(), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(Journals()));
}

// An image may specify that its volumes outlive the machine, and a volume costs money.
TEST_F(CleanupCommandAttack, AVolumeThatOutlivedItsMachineGoesWithItsRun) {
  const std::string run = KilledRun();
  aws::Ec2 ec2(Client("ec2"));
  const auto tags = ec2.DescribeKeyPairs({{"tag:launch-bench:run", {run}}}, {}).at(0).tags;
  std::string list;
  for (const aws::Tag& tag : tags)
    list += (list.empty() ? "" : ",") + ("{Key=" + tag.key + ",Value=" + tag.value) + "}";
  const auto aws_cli = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"aws", "ec2"});
    arguments.insert(arguments.end(),
                     {"--output", "text", "--endpoint-url", cloud_.endpoint_url()});
    ChildProcess cli(arguments, cloud_.Environment());
    EXPECT_EQ(cli.Wait(kLong), 0) << cli.errors();
    return cli.output().substr(0, cli.output().find('\n'));
  };
  const std::string machine =
      aws_cli({"run-instances", "--image-id", AnImage(), "--instance-type", "m7i.large",
               "--block-device-mappings", "DeviceName=/dev/xvda,Ebs={DeleteOnTermination=false}",
               "--tag-specifications", "ResourceType=volume,Tags=[" + list + "]", "--query",
               "Instances[0].InstanceId"});
  ec2.TerminateInstances({machine}, {});
  test_support::WaitUntil("a volume of its own", [&] {
    return testing::Value(cloud_.Held(), Contains(testing::StartsWith("vol-")));
  });
  auto cleanup = Cleanup(Elsewhere());
  EXPECT_EQ(cleanup->Wait(kLong), 0) << cleanup->errors();
  EXPECT_THAT(cleanup->output(), HasSubstr("1 volume"));
  EXPECT_THAT(cloud_.Held(), IsEmpty());
}

// A stranger's machine carries the tag of a killed run. By tags alone the run is left alone. With
// its journal it is cleaned up, and the stranger's machine stays.
TEST_F(CleanupCommandAttack, WithStrangersBesideItADeadRunIsCleanedUpByItsJournal) {
  const std::string run = KilledRun();
  const std::string stranger = StrangersMachine({{fixtures::kRunTag, run}});
  auto by_tags = Cleanup(Elsewhere());
  EXPECT_EQ(by_tags->Wait(kLong), 0) << by_tags->errors();
  EXPECT_THAT(by_tags->output(), HasSubstr("left alone: run " + run));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "DeleteKeyPair"), 0);
  auto cleanup = Cleanup(state_home());
  EXPECT_EQ(cleanup->Wait(kLong), 1) << cleanup->output();
  EXPECT_THAT(cleanup->errors(), HasSubstr("not removed: instance " + stranger));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "DeleteKeyPair"), 1);
  EXPECT_THAT(cloud_.Held(), testing::ElementsAre(stranger));
}

TEST_F(CleanupCommandAttack, ADirectoryThatOthersCanWriteToIsRefused) {
  KilledRun();
  chmod(Journals().c_str(), 0777);
  auto cleanup = Cleanup(state_home());
  cleanup->Wait(kLong);
  EXPECT_THAT(cleanup->errors(), HasSubstr("may be written to by others"));
  auto run = StartAt(cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=1"});
  EXPECT_EQ(run->Wait(kLong), 2) << run->errors();
  EXPECT_THAT(run->errors(), HasSubstr("chmod 700"));
}

// The command that a user is told to paste must contain no other command.
TEST_F(CleanupCommandAttack, AJournalPutsNothingIntoTheSuggestedCommand) {
  const std::string journal = Journals() + "/" + KilledRun() + ".jsonl";
  std::ostringstream before;
  before << std::ifstream(journal).rdbuf();
  const std::string canary = directory_ / "canary";
  const std::string region = "x'; touch " + canary + "; $(touch " + canary + ") '";
  std::string text = before.str();
  for (std::size_t at = 0; (at = text.find(cloud_.region(), at)) != std::string::npos;)
    text.replace(at, cloud_.region().size(), region), at += region.size();
  std::ofstream(journal) << text;

  auto run =
      Start({"--benchmark_filter=^Cold/", "--benchmark_repetitions=1", "--local_time_scale=0.01"});
  EXPECT_EQ(run->Wait(kLong), 0) << run->errors();
  const std::string start = "./launch_bench --cleanup ";
  const auto begin = run->errors().find(start);
  ASSERT_NE(begin, std::string::npos) << run->errors();
  const auto end = run->errors().find(" (or, if", begin);
  const std::string arguments =
      run->errors().substr(begin + start.size(), end - begin - start.size());
  ChildProcess shell({"sh", "-c", "printf '%s\\n' " + arguments});
  EXPECT_EQ(shell.Wait(kLong), 0) << shell.errors();
  EXPECT_EQ(shell.output(),
            "--endpoint_url=" + cloud_.endpoint_url() + "\n--region=" + region + "\n");
  EXPECT_FALSE(std::filesystem::exists(canary)) << arguments;
}

TEST_F(CleanupCommandAttack, WhatLiesAmongTheJournalsStopsNoRun) {
  std::filesystem::create_directories(Journals());
  chmod((state_home() + "/launch_bench").c_str(), 0700);
  chmod(Journals().c_str(), 0700);
  ASSERT_EQ(mkfifo((Journals() + "/fifo.jsonl").c_str(), 0600), 0);
  std::ofstream(Journals() + "/types.jsonl") << "{\"event\":5}\n{\"event\":\"made\",\"at\":{}}\n";
  for (int i = 0; i < 1000; ++i) std::ofstream(Journals() + "/" + std::to_string(i) + ".jsonl");
  auto run = StartAt(cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=1"});
  EXPECT_EQ(run->Wait(kLong), 0) << run->errors();
  EXPECT_THAT(run->errors(), HasSubstr("files there were skipped"));
  auto cleanup = Cleanup(state_home());
  EXPECT_EQ(cleanup->Wait(kLong), 0) << cleanup->errors();
}

}  // namespace
}  // namespace suites
