// Each technique as a user runs it, against a cloud of the test.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <set>
#include <thread>

#include "aws/ec2.h"
#include "fixtures/cost/prices.h"
#include "fixtures/leftovers/run_identity.h"
#include "fixtures/machines/tag_pool.h"
#include "tests/suites/launch_program.h"
#include "tests/support/build_paths.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;
using testing::HasSubstr;

aws::Ec2 ClientOf(const LocalCloud& cloud) {
  aws::ClientConfig config;
  config.service = "ec2";
  config.region = cloud.region();
  config.endpoint_url = cloud.endpoint_url();
  config.credentials = {cloud.access_key_id(), cloud.secret_access_key(), "", "test"};
  return aws::Ec2(std::make_shared<aws::Client>(std::move(config)));
}

aws::CallOptions Soon() {
  aws::CallOptions call;
  call.deadline = aws::Clock::now() + std::chrono::seconds(30);
  return call;
}

class TechniquesTest : public LaunchProgramTest {
 protected:
  // Runs the program and makes the checks that all techniques share.
  void Measure(const LocalCloud& cloud, const std::string& technique, int repetitions,
               std::vector<std::string> flags = {}) {
    flags.push_back("--benchmark_filter=^" + technique + "/iterations");
    flags.push_back("--benchmark_repetitions=" + std::to_string(repetitions));
    auto run = StartAt(cloud, flags);
    ASSERT_EQ(run->Wait(), 0) << run->errors() << run->output();
    const auto measured = Repetitions(technique);
    ASSERT_EQ(measured.size(), static_cast<std::size_t>(repetitions));
    for (const json& one : measured) {
      EXPECT_NEAR(PhaseSum(one), one.at("real_time").get<double>(), kAdditionTolerance_ms);
      for (const char* counter : {"rtt_ms", "api_calls"}) EXPECT_TRUE(one.contains(counter));
      // A type without a listed price has no cost; the price is not guessed.
      const std::string type = json::parse(std::string(one.at("label"))).at("type");
      const bool priced = fixtures::InstanceUsdPerHour(type, cloud.region()).has_value();
      for (const char* counter : {"usd", "usd_idle_per_hour"})
        EXPECT_EQ(one.contains(counter), priced) << counter;
    }
    ExpectEmpty(cloud);
  }

  static void ExpectEmpty(const LocalCloud& cloud) {
    aws::Ec2 ec2 = ClientOf(cloud);
    const auto call = Soon();
    EXPECT_TRUE(
        ec2.DescribeInstances({{"instance-state-name",
                                {"pending", "running", "stopping", "stopped", "shutting-down"}}},
                              call)
            .empty());
    EXPECT_TRUE(ec2.DescribeNetworkInterfaces({}, call).empty());
    EXPECT_TRUE(ec2.DescribeAddresses({}, call).empty());
    EXPECT_TRUE(ec2.DescribeKeyPairs({}, call).empty());
    for (const auto& group : ec2.DescribeSecurityGroups({}, call))
      EXPECT_EQ(group.group_name, "default");
  }

  json FirstFailureOf(const LocalCloud& cloud, const std::string& technique,
                      std::vector<std::string> flags = {}) {
    flags.push_back("--benchmark_filter=^(Cold|" + technique + ")/iterations");
    flags.push_back("--benchmark_repetitions=1");
    auto run = StartAt(cloud, flags);
    EXPECT_EQ(run->Wait(), 1) << run->errors();
    EXPECT_FALSE(Repetitions("Cold").at(0).contains("error_message"))
        << "only its own benchmark fails";
    ExpectEmpty(cloud);
    return Repetitions(technique).at(0).value("error_message", "");
  }
};

TEST_F(TechniquesTest, EbsSizeAsksForThatVolume) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=1ms"});
  Measure(cloud, "EbsSize/20GiB", 2);
  EXPECT_THAT(std::string(FirstFailureOf(cloud, "EbsSize/4GiB", {"--ebs_sizes=4"})),
              HasSubstr("needs a root volume of 8 GiB"));
}

TEST_F(TechniquesTest, InstanceTypesOfAnyArchitecture) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=1ms"});
  Measure(cloud, "InstanceType/m7g.large", 1, {"--instance_types=m7g.large"});
  EXPECT_EQ(Lines()[0].at("label").at("type"), "m7g.large");
}

TEST_F(TechniquesTest, ZonesAreTheirOwn) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=1ms"});
  Measure(cloud, "AvailabilityZone/us-west-2b", 1);
  EXPECT_EQ(Lines()[0].at("label").at("zone"), "us-west-2b");
  EXPECT_THAT(std::string(FirstFailureOf(cloud, "AvailabilityZone/us-west-2z",
                                         {"--availability_zones=us-west-2z"})),
              HasSubstr("zone us-west-2z does not offer m7i.large; zones that do: us-west-2a, "));
}

TEST_F(TechniquesTest, ARegionThatCannotBeOpenedSpoilsOnlyItself) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02"});
  auto run = StartAt(cloud, {"--benchmark_filter=Region", "--benchmark_repetitions=1",
                             "--region=us-west-2,mars-north-1,eu-west-1"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  EXPECT_FALSE(Repetitions("Region/us-west-2").at(0).contains("error_message"));
  EXPECT_FALSE(Repetitions("Region/eu-west-1").at(0).contains("error_message"));
  EXPECT_THAT(std::string(Repetitions("Region/mars-north-1").at(0).at("error_message")),
              HasSubstr("mars-north-1"));
  // The distance must not count as launch time: in the profile Ireland is farther away than Oregon.
  const json far = Repetitions("Region/eu-west-1").at(0);
  const json near = Repetitions("Region/us-west-2").at(0);
  for (const char* round_trip : {"rtt_ms", "instance_rtt_ms"})
    EXPECT_GT(far.at(round_trip), 2 * near.at(round_trip).get<double>()) << round_trip;
}

TEST_F(TechniquesTest, StartStoppedStartsWhatWasStopped) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=1ms"});
  Measure(cloud, "StartStopped", 2);
  const json truth = json::parse(cloud.Truth());
  EXPECT_EQ(CountCalls(truth, "StopInstances"), 2);
  EXPECT_EQ(CountCalls(truth, "StartInstances"), 2);
  EXPECT_EQ(CountCalls(truth, "RunInstances"), 2);
}

// A machine that is stopped at its first login would finish its first boot in the measured start.
// Here the first boot takes 5 s longer than later ones.
TEST_F(TechniquesTest, StartStoppedStopsOnlyWhatHasBootedToTheEnd) {
  json profile =
      json::parse(std::ifstream(test_support::SourcePath("localcloud/model/profiles/ec2.json")));
  const auto constant = [](int ms) {
    return json{{"constant_ms", ms}, {"mark", "assumed"}, {"source", "a test"}};
  };
  profile["lifecycle"]["cloud_init_final"] = constant(50'000);
  profile["boot"]["al2023"]["closed_to_open"] = constant(250'000);
  const LocalCloud cloud(
      Program("localcloud"),
      {"--time_scale=0.02", "--rtt=1ms", "--profile=" + WriteFile("profile.json", profile.dump())});
  Measure(cloud, "StartStopped", 1);
  EXPECT_LT(Repetitions("StartStopped").at(0).at("real_time").get<double>(), 4500);
}

TEST_F(TechniquesTest, HibernateProvesThatMemorySurvived) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=1ms"});
  Measure(cloud, "Hibernate", 2);
  // No start came too early.
  EXPECT_EQ(CountCalls(json::parse(cloud.Truth()), "StopInstances"), 2);
  // A volume of 18 GiB (the type's 8 GiB of memory and 10 more), at 0.08 USD per GiB and month (730
  // hours).
  EXPECT_NEAR(Repetitions("Hibernate").at(0).at("usd_idle_per_hour"), 18 * 0.08 / 730, 1e-9);
  EXPECT_THAT(std::string(FirstFailureOf(cloud, "Hibernate", {"--instance_type=t4g.micro"})),
              HasSubstr("t4g.micro does not support hibernation"));
}

TEST_F(TechniquesTest, PreEniProbesFromTheStartAndUsesItsInterfaceAgain) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=1ms"});
  Measure(cloud, "PreEni", 3, {"--concurrency=1"});
  json truth = json::parse(cloud.Truth());
  EXPECT_EQ(CountCalls(truth, "CreateNetworkInterface"), 1);
  EXPECT_EQ(CountCalls(truth, "AllocateAddress"), 1);
  Measure(cloud, "PreEni", 2, {"--concurrency=2", "--address=private"});
  truth = json::parse(cloud.Truth());
  EXPECT_EQ(CountCalls(truth, "AllocateAddress"), 1) << "a private address needs none";
}

TEST_F(TechniquesTest, TagClaimTakesEachMemberOnceAndRefills) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=1ms"});
  Measure(cloud, "WarmPool/TagClaim", 3);
  std::set<std::string> taken;
  for (const json& line : Lines()) {
    taken.insert(line.at("instance_id"));
    EXPECT_GT(line.at("counters").at("refill_ms"), 0);
    EXPECT_EQ(line.at("counters").at("claim_races"), 0);
    for (const char* phase : {"query_ms", "claim_ms", "keygen_ms", "key_push_ms", "ssh_connect_ms"})
      EXPECT_TRUE(line.at("counters").contains(phase)) << phase;
  }
  EXPECT_EQ(taken.size(), 3u);
}

// A competing client has claimed a member, and the query does not show the claim yet.
TEST_F(TechniquesTest, TagClaimReportsARaceAndTakesAnotherMember) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.1", "--rtt=1ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=TagClaim", "--benchmark_repetitions=1"});
  aws::Ec2 ec2 = ClientOf(cloud);
  std::vector<aws::Instance> members;
  while (members.size() < 2)
    members = ec2.DescribeInstances({{"tag-key", {fixtures::kPoolTag}}}, Soon());
  std::ranges::sort(members, {}, &aws::Instance::instance_id);
  ec2.CreateTags({members[0].instance_id},
                 {{std::string(fixtures::kClaimTagPrefix) + "rival", "claimed"}}, Soon());
  EXPECT_EQ(run->Wait(), 0) << run->errors();
  const json line = Lines().at(0);
  EXPECT_EQ(line.at("counters").at("claim_races"), 1);
  EXPECT_THAT(std::string(line.at("label").at("race")), HasSubstr(members[0].instance_id));
  EXPECT_EQ(line.at("instance_id"), members[1].instance_id);
}

// In every order in which two clients can write and read, never both get the machine.
TEST_F(TechniquesTest, OfTwoClaimantsAtMostOneHolds) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=TagClaim", "--benchmark_repetitions=400"});
  aws::Ec2 ec2 = ClientOf(cloud);
  std::vector<aws::Instance> instances;
  test_support::WaitUntil("a machine of the pool", [&] {
    instances = ec2.DescribeInstances({{"tag-key", {fixtures::kPoolTag}}}, Soon());
    return !instances.empty();
  });
  const std::string id = instances[0].instance_id;
  EXPECT_TRUE(fixtures::ClaimByTags(ec2, id, "alone", Soon()));
  ec2.DeleteTags({id}, {{std::string(fixtures::kClaimTagPrefix) + "alone", "claimed"}}, Soon());
  for (int round = 0; round < 20; ++round) {
    const std::string names[] = {"a" + std::to_string(round), "b" + std::to_string(round)};
    bool held[2] = {false, false};
    {
      std::jthread rival([&] {
        aws::Ec2 own = ClientOf(cloud);
        held[0] = fixtures::ClaimByTags(own, id, names[0], Soon());
      });
      held[1] = fixtures::ClaimByTags(ec2, id, names[1], Soon());
    }
    EXPECT_FALSE(held[0] && held[1]);
    // A client that comes after the other has the machine does not get it either.
    if (held[0] || held[1]) {
      EXPECT_FALSE(fixtures::ClaimByTags(ec2, id, "late", Soon()));
    }
    for (const auto& name : names)
      ec2.DeleteTags({id}, {{fixtures::kClaimTagPrefix + name, "claimed"}}, Soon());
  }
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(), 130);
}

// A fake `aws` that launches a machine and does not print its id.
TEST_F(TechniquesTest, ASilentAwsCliIsNamedAndItsMachineRemoved) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms"});
  const std::string path = std::getenv("PATH");
  const std::string silent =
      WriteFile("aws", "#!/bin/sh\nPATH=" + path + " aws \"$@\" >/dev/null\n");
  std::filesystem::permissions(silent, std::filesystem::perms::owner_all);
  auto environment = cloud.Environment();
  environment["PATH"] = directory_.string() + ":" + path;
  auto run = Start(
      {"--benchmark_filter=AwsCliWaiter", "--benchmark_repetitions=1",
       "--endpoint_url=" + cloud.endpoint_url(), "--ssh_port=" + std::to_string(cloud.ssh_port())},
      environment);
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  EXPECT_EQ(Repetitions("Instrument/AwsCliWaiter").at(0).at("error_message"),
            "run-instances: aws printed no instance's id");
  EXPECT_EQ(CountCalls(json::parse(cloud.Truth()), "RunInstances"), 1);
  EXPECT_THAT(cloud.Held(), testing::IsEmpty()) << run->errors();
}

TEST_F(TechniquesTest, BurstAsksOnceAndCountsWhoWaited) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=1ms"});
  Measure(cloud, "Burst/4", 2);
  EXPECT_EQ(CountCalls(json::parse(cloud.Truth()), "RunInstances"), 2);
  for (const json& line : Lines()) {
    const json& counters = line.at("counters");
    EXPECT_EQ(counters.at("failures"), 0);
    EXPECT_LE(counters.at("first_ready_ms"), counters.at("until_half_ms"));
    EXPECT_LE(counters.at("until_half_ms"), counters.at("wait_max_ms"));
    EXPECT_NEAR(counters.at("wait_max_ms"), line.at("total_ms"), kAdditionTolerance_ms);
  }
}

TEST_F(TechniquesTest, HybridServesFromThePoolFirst) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.3", "--rtt=1ms"});
  Measure(cloud, "Hybrid/pool:2/burst:4", 1);
  const json counters = Lines().at(0).at("counters");
  EXPECT_EQ(counters.at("pool_served"), 2);
  EXPECT_LT(counters.at("pool_wait_max_ms"), counters.at("wait_max_ms"));
  EXPECT_LE(counters.at("first_ready_ms"), counters.at("pool_wait_max_ms"));
}

// EC2 key pairs do not accept ECDSA keys, so cloud-init installs the key.
TEST_F(TechniquesTest, AnEcdsaKeyComesWithTheUserData) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=1ms"});
  for (const char* technique : {"Cold", "MinimalAmi", "WarmPool/Ssh"})
    Measure(cloud, technique, 1, {"--ssh_key_type=ecdsa"});
  EXPECT_EQ(CountCalls(json::parse(cloud.Truth()), "ImportKeyPair"), 0);
}

TEST_F(TechniquesTest, WithoutADefaultSubnetOneHasToBeNamed) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms"});
  aws::Ec2 ec2 = ClientOf(cloud);
  auto subnets = ec2.DescribeSubnets({}, Soon());
  for (const auto& subnet : subnets)
    ec2.client().CallQuery("DeleteSubnet", "2016-11-15", {{"SubnetId", subnet.subnet_id}}, Soon());
  auto run = StartAt(cloud, {"--benchmark_filter=^Cold/"});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("us-west-2 has no default VPC with a default subnet; "
                                       "name one with --subnet_id"));
  ExpectEmpty(cloud);
}

// When the program is killed. This determines what is in the account.
struct Killed {
  std::string name;
  std::string technique;
  std::string after;  // right after the first call of this action
};

void PrintTo(const Killed& killed, std::ostream* out) { *out << killed.name; }

class KilledTest : public TechniquesTest, public testing::WithParamInterface<Killed> {};

TEST_P(KilledTest, CleanupLeavesNothing) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.05", "--rtt=0ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=^" + GetParam().technique + "/iterations"});
  test_support::WaitUntil("a call of " + GetParam().after, [&] {
    return CountCalls(json::parse(cloud.Truth()), GetParam().after) >= 1;
  });
  run->Signal(SIGKILL);
  EXPECT_EQ(run->Wait(), 128 + SIGKILL);
  auto cleanup =
      Start({"--cleanup", "--endpoint_url=" + cloud.endpoint_url()}, cloud.Environment());
  EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
  ExpectEmpty(cloud);
  aws::Ec2 ec2 = ClientOf(cloud);
  const aws::Filter ours{"tag-key", {fixtures::kRunTag}};
  EXPECT_TRUE(ec2.DescribeImages({ours}, Soon()).empty());
  EXPECT_TRUE(ec2.DescribeSnapshots({ours}, Soon()).empty());
}

INSTANTIATE_TEST_SUITE_P(Techniques, KilledTest,
                         testing::Values(Killed{"PreEni", "PreEni", "CreateNetworkInterface"},
                                         Killed{"Hibernate", "Hibernate", "StopInstances"},
                                         Killed{"Burst", "Burst/8", "RunInstances"},
                                         Killed{"Pool", "WarmPool/TagClaim", "CreateTags"},
                                         Killed{"BakeLaunch", "MinimalAmi", "RunInstances"},
                                         Killed{"BakeImage", "RebakedAmi", "CreateImage"}),
                         [](const auto& killed) { return killed.param.name; });

struct Refusal {
  std::string name;
  std::string technique;
  std::string fault;  // an entry of the faults file
  std::string said;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class RefusalTest : public TechniquesTest, public testing::WithParamInterface<Refusal> {};

// If RunInstances is refused, Cold fails too. The run goes on, and each failure states its reason.
TEST_P(RefusalTest, IsOneClearLineAndTheRunGoesOn) {
  const auto faults = WriteFile("faults.json", "[" + GetParam().fault + "]");
  const LocalCloud cloud(Program("localcloud"),
                         {"--time_scale=0.02", "--rtt=1ms", "--faults=" + faults});
  auto run =
      StartAt(cloud, {"--benchmark_filter=^" + GetParam().technique + "/iterations",
                      "--benchmark_repetitions=2", "--concurrency=1", "--launch_timeout=20s"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  int failed = 0;
  for (const json& line : Lines()) {
    if (line.at("ok")) continue;
    ++failed;
    const std::string failure = line.at("failure");
    EXPECT_THAT(failure, HasSubstr(GetParam().said));
    EXPECT_EQ(failure.find('\n'), std::string::npos);
  }
  EXPECT_GE(failed, 1);
  // One call each, and one more within the launch timeout for a guest that is not ready to
  // hibernate. Each call uses up request tokens that launches need.
  EXPECT_LE(CountCalls(json::parse(cloud.Truth()), "StopInstances"), 2 * 2);
  ExpectEmpty(cloud);
}

INSTANTIATE_TEST_SUITE_P(
    Techniques, RefusalTest,
    testing::Values(
        Refusal{"VcpuLimit", "Burst/4",
                R"({"action": "RunInstances", "error": "VcpuLimitExceeded",
                    "message": "You have requested more vCPU capacity", "times": 1})",
                "VcpuLimitExceeded"},
        Refusal{"InterfaceElsewhere", "PreEni",
                R"({"action": "RunInstances", "error": "InvalidParameterCombination",
                    "message": "The network interface is in another zone", "times": 1})",
                "another zone"},
        Refusal{"NoAddressLeft", "PreEni",
                R"({"action": "AllocateAddress", "error": "AddressLimitExceeded",
                    "message": "The maximum number of addresses has been reached.", "times": 1})",
                "AddressLimitExceeded"},
        Refusal{"NoCapacityToStart", "StartStopped",
                R"({"action": "StartInstances", "error": "InsufficientInstanceCapacity",
                    "message": "Insufficient capacity.", "http_status": 500, "times": 40})",
                "InsufficientInstanceCapacity"},
        Refusal{"HibernationUnsupported", "Hibernate",
                R"({"action": "RunInstances", "error": "UnsupportedHibernationConfiguration",
                    "message": "The instance type does not support hibernation."})",
                "UnsupportedHibernationConfiguration"},
        Refusal{"NeverAbleToHibernate", "Hibernate",
                R"({"action": "StopInstances", "error": "UnsupportedOperation",
                    "message": "Instance is not ready to hibernate yet, retry in a few minutes."})",
                "never became able to hibernate"}),
    [](const auto& refusal) { return refusal.param.name; });

}  // namespace
}  // namespace suites
