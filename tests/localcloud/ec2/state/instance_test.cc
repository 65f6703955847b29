// The EC2 state machine, with machines that only keep time.
#include "localcloud/ec2/state/instance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "localcloud/guest/image_kind.h"
#include "tests/localcloud/cloud_harness.h"
#include "tests/support/file_text.h"

namespace localcloud {
namespace {

using test_support::FileText;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class InstanceTest : public CloudTest {
 protected:
  std::int64_t TruthOf(const std::string& id, const std::string& event) {
    std::int64_t at = 0;
    for (const auto& record : nlohmann::json::parse(cloud_->truth().Json())) {
      if (record["kind"] == "session" || record["kind"] == "call") continue;
      if (record["instance_id"] == id && record["events"].contains(event)) {
        at = record["events"][event];  // of the last boot
      }
    }
    return at;
  }
  void WaitForTruth(const std::string& id, const std::string& event) {
    loop_.RunUntil([&] { return TruthOf(id, event) != 0; });
  }
};

TEST_F(InstanceTest, LaunchGoesFromPendingToRunning) {
  AdmitSsh();
  const std::string id = Launch();
  EXPECT_EQ(StateOf(id), "pending");
  EXPECT_EQ(Describe(id, "//instancesSet/item/instanceState/code"), "0");
  // The private address is known at once, the public one is not.
  EXPECT_THAT(Describe(id, "//instancesSet/item/privateIpAddress"), StartsWith("127.10."));
  EXPECT_EQ(Describe(id, "//instancesSet/item/ipAddress"), "");
  WaitForState(id, "running");
  EXPECT_THAT(Describe(id, "//instancesSet/item/ipAddress"), StartsWith("127.100."));
  WaitForTruth(id, "ssh_ready");
  const std::vector<std::string> order = {"requested",  "accepted", "running",
                                          "tcp_closed", "tcp_open", "ssh_ready"};
  for (std::size_t i = 1; i < order.size(); ++i) {
    EXPECT_LE(TruthOf(id, order[i - 1]), TruthOf(id, order[i])) << order[i];
  }
  ASSERT_THAT(machines_.at(id)->boots, SizeIs(1));
  EXPECT_THAT(machines_.at(id)->boots[0].addresses,
              ElementsAre(Describe(id, "//instancesSet/item/privateIpAddress"),
                          Describe(id, "//instancesSet/item/ipAddress")));
}

TEST_F(InstanceTest, ModelledTimesAreKept) {
  AdmitSsh();
  const std::string id = Launch();
  WaitForTruth(id, "ssh_ready");
  // The first launch of its kind with this seed.
  const RegionLatencies& latencies = region().latencies;
  const std::string key =
      region().instances.at(id)->spec().image->name + "/m7i.large/us-west-2a/0/1/";
  const auto expected = region().Draw(latencies.lifecycle.pending_to_running, key + "to_running");
  EXPECT_GE(TruthOf(id, "running") - TruthOf(id, "accepted"), expected.count());
  const auto closed = region().Draw(latencies.Boot("al2023").running_to_closed, key + "closed");
  // Counted from the planned moment of running, because the timer itself may have been late.
  EXPECT_GE(TruthOf(id, "tcp_closed") - TruthOf(id, "accepted"), (expected + closed).count());
  EXPECT_GT(expected.count(), 3'000'000);
  EXPECT_LT(expected.count(), 7'000'000);
}

// Common random numbers: what is launched in between, its image and its type do not matter.
TEST_F(InstanceTest, MachinesOfTheSameStepHaveTheSameTimes) {
  const auto step = [](const std::string& value) {
    return "&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key="
           "launch-bench%3Astep&TagSpecification.1.Tag.1.Value=" +
           value;
  };
  // Its boot from the closed port to the login, and its guest's steps.
  const auto times = [&](const std::string& id) {
    WaitForState(id, "running");
    const BootPlan& boot = machines_.at(id)->boots.at(0);
    std::vector<Clock::duration> all{boot.open_after - boot.closed_after,
                                     boot.ready_after - boot.open_after,
                                     boot.final_after - boot.ready_after};
    for (const auto& [name, modelled] : boot.modelled_steps)
      all.insert(all.end(), modelled.durations.begin(), modelled.durations.end());
    return all;
  };
  const auto first = times(Launch(step("3/runners")));
  const auto without = times(Launch());
  EXPECT_EQ(times(Text("RunInstances",
                       "ImageId=" + image_id() + "&InstanceType=t3.large&MinCount=1&MaxCount=1" +
                           step("3/runners"),
                       "//instancesSet/item/instanceId")),
            first)
      << "another type";
  EXPECT_NE(times(Launch(step("4/runners"))), first) << "another repetition";
  EXPECT_NE(times(Launch(step("3/orchestrator"))), first) << "another step";
  EXPECT_NE(without, first);
  // The machines of one call differ.
  const auto both = Texts(
      "RunInstances",
      "ImageId=" + image_id() + "&InstanceType=m7i.large&MinCount=2&MaxCount=2" + step("5/runners"),
      "//instancesSet/item/instanceId");
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_NE(times(both[0]), times(both[1]));
}

// A tagged launch does not shift the numbers of the others.
TEST_F(InstanceTest, LaunchesWithoutAStepAreNumberedAmongThemselves) {
  Launch(
      "&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key="
      "launch-bench%3Astep&TagSpecification.1.Tag.1.Value=0/bastion");
  const std::string id = Launch();
  WaitForState(id, "running");
  const std::string key =
      region().instances.at(id)->spec().image->name + "/m7i.large/us-west-2a/0/1/";
  const BootPlan& boot = machines_.at(id)->boots.at(0);
  EXPECT_EQ(boot.open_after - boot.closed_after,
            region().Draw(region().latencies.Boot("al2023").closed_to_open, key + "open"));
}

TEST_F(InstanceTest, WithoutAnIngressRuleItStaysFiltered) {
  const std::string id = Launch();
  WaitForState(id, "running");
  ASSERT_THAT(machines_.at(id)->boots, SizeIs(1));
  EXPECT_FALSE(machines_.at(id)->boots[0].ssh_admitted());
  // It still boots.
  EXPECT_LT(machines_.at(id)->boots[0].ready_after, Clock::duration::max());
  loop_.RunUntil([&] {
    return std::string("ok") == Run("DescribeInstanceStatus", "InstanceId.1=" + id)
                                    .select_node("//instanceStatus/status")
                                    .node()
                                    .text()
                                    .get();
  });
}

TEST_F(InstanceTest, TerminateEndsItAndKeepsItVisible) {
  const std::string id = Launch();
  WaitForState(id, "running");
  const std::string root = region().instances.at(id)->root_directory();
  EXPECT_TRUE(std::filesystem::exists(root + "/etc/localcloud/packages/cloud-init"));
  const auto answer = Run("TerminateInstances", "InstanceId.1=" + id);
  EXPECT_STREQ(answer.select_node("//previousState/name").node().text().get(), "running");
  EXPECT_STREQ(answer.select_node("//currentState/name").node().text().get(), "shutting-down");
  EXPECT_THAT(machines_.at(id)->power_offs, ElementsAre(false));
  WaitForState(id, "terminated");
  EXPECT_EQ(Describe(id, "//instancesSet/item/privateIpAddress"), "");
  EXPECT_EQ(Describe(id, "//instancesSet/item/ipAddress"), "");
  EXPECT_THAT(region().interfaces, IsEmpty());
  loop_.RunUntil([&] { return !std::filesystem::exists(root); });
  // A repeated call is no error and changes nothing.
  EXPECT_EQ(CodeOf("TerminateInstances", "InstanceId.1=" + id), "none");
  EXPECT_EQ(StateOf(id), "terminated");
}

TEST_F(InstanceTest, TerminatedWhilePending) {
  const std::string id = Launch();
  Run("TerminateInstances", "InstanceId.1=" + id);
  WaitForState(id, "terminated");
  // It is off now, powered on before or not, and never reported that it runs.
  if (machines_.contains(id)) {
    EXPECT_THAT(machines_.at(id)->power_offs, ElementsAre(false));
  }
  EXPECT_EQ(TruthOf(id, "running"), 0);
}

TEST_F(InstanceTest, StopAndStartKeepTheDiskAndChangeThePublicAddress) {
  AdmitSsh();
  const std::string id = Launch();
  WaitForState(id, "running");
  const std::string private_ip = Describe(id, "//instancesSet/item/privateIpAddress");
  const std::string public_ip = Describe(id, "//instancesSet/item/ipAddress");
  const std::string file = region().instances.at(id)->root_directory() + "/kept";
  std::ofstream(file) << "by the guest";
  Run("StopInstances", "InstanceId.1=" + id);
  EXPECT_EQ(StateOf(id), "stopping");
  EXPECT_EQ(CodeOf("StartInstances", "InstanceId.1=" + id), "IncorrectInstanceState");
  WaitForState(id, "stopped");
  EXPECT_EQ(Describe(id, "//instancesSet/item/ipAddress"), "");
  Run("StartInstances", "InstanceId.1=" + id);
  WaitForState(id, "running");
  EXPECT_EQ(Describe(id, "//instancesSet/item/privateIpAddress"), private_ip);
  EXPECT_NE(Describe(id, "//instancesSet/item/ipAddress"), public_ip);
  EXPECT_EQ(FileText(file), "by the guest");
  ASSERT_THAT(machines_.at(id)->boots, SizeIs(2));
  EXPECT_FALSE(machines_.at(id)->boots[1].resumed);
  // The key is on its disk since the first boot.
  EXPECT_EQ(machines_.at(id)->boots[1].authorized_key, "");
  const auto truth = nlohmann::json::parse(cloud_->truth().Json());
  EXPECT_EQ(truth[0]["kind"], "launch");
  EXPECT_EQ(truth[1]["kind"], "start");
}

TEST_F(InstanceTest, StoppingWhatDoesNotRun) {
  const std::string id = Launch();
  EXPECT_EQ(CodeOf("StopInstances", "InstanceId.1=" + id), "IncorrectInstanceState");
  WaitForState(id, "running");
  EXPECT_EQ(CodeOf("StartInstances", "InstanceId.1=" + id), "none");  // already running
  Run("TerminateInstances", "InstanceId.1=" + id);
  EXPECT_EQ(CodeOf("StopInstances", "InstanceId.1=" + id), "IncorrectInstanceState");
  EXPECT_EQ(CodeOf("StartInstances", "InstanceId.1=" + id), "IncorrectInstanceState");
}

TEST_F(InstanceTest, HibernationKeepsMemory) {
  AdmitSsh();
  const std::string id = Launch(
      "&HibernationOptions.Configured=true&BlockDeviceMapping.1.DeviceName=/dev/xvda"
      "&BlockDeviceMapping.1.Ebs.VolumeSize=20&BlockDeviceMapping.1.Ebs.Encrypted=true");
  WaitForState(id, "running");
  // The guest's agent is not ready yet.
  EXPECT_EQ(CodeOf("StopInstances", "Hibernate=true&InstanceId.1=" + id), "UnsupportedOperation");
  loop_.RunUntil(
      [&] { return CodeOf("StopInstances", "Hibernate=true&InstanceId.1=" + id) == "none"; });
  WaitForState(id, "stopped");
  EXPECT_THAT(machines_.at(id)->power_offs, ElementsAre(true));
  Run("StartInstances", "InstanceId.1=" + id);
  WaitForState(id, "running");
  EXPECT_TRUE(machines_.at(id)->boots[1].resumed);
  // After a stop without hibernation, the next start is an ordinary boot.
  Run("StopInstances", "InstanceId.1=" + id);
  WaitForState(id, "stopped");
  Run("StartInstances", "InstanceId.1=" + id);
  WaitForState(id, "running");
  EXPECT_FALSE(machines_.at(id)->boots[2].resumed);
}

TEST_F(InstanceTest, HibernationMustBePossible) {
  const std::string id = Launch();
  WaitForState(id, "running");
  EXPECT_EQ(CodeOf("StopInstances", "Hibernate=true&InstanceId.1=" + id),
            "UnsupportedHibernationConfiguration");
  const std::string root = "&BlockDeviceMapping.1.DeviceName=/dev/xvda&BlockDeviceMapping.1.Ebs.";
  const std::string wanted = LaunchForm() + "&HibernationOptions.Configured=true";
  EXPECT_EQ(CodeOf("RunInstances", wanted + root + "VolumeSize=20"),
            "UnsupportedHibernationConfiguration");
  EXPECT_EQ(CodeOf("RunInstances", wanted + root + "Encrypted=true"),
            "UnsupportedHibernationConfiguration");
  const std::string arm = "ImageId=" + PublicImageId("us-west-2", "arm64") +
                          "&InstanceType=m7g.large&MinCount=1&MaxCount=1"
                          "&HibernationOptions.Configured=true" +
                          root + "Encrypted=true" + "&BlockDeviceMapping.1.Ebs.VolumeSize=20";
  EXPECT_EQ(CodeOf("RunInstances", arm), "UnsupportedHibernationConfiguration");
}

TEST_F(InstanceTest, RebootsAreBootsAtTheSameAddresses) {
  AdmitSsh();
  const std::string id = Launch();
  WaitForTruth(id, "ssh_ready");
  const std::string launched = Describe(id, "//instancesSet/item/launchTime");
  const std::int64_t ready = TruthOf(id, "ssh_ready");
  // Otherwise the next boot would continue the first one.
  const std::filesystem::path end =
      region().instances.at(id)->root_directory() + "/" + kFirstBootEnd;
  std::filesystem::create_directories(end.parent_path());
  std::ofstream(end).close();
  Run("RebootInstances", "InstanceId.1=" + id);
  EXPECT_EQ(StateOf(id), "running");
  const auto status = [&] {
    return std::string(Run("DescribeInstanceStatus", "InstanceId.1=" + id)
                           .select_node("//instanceStatus/status")
                           .node()
                           .text()
                           .get());
  };
  EXPECT_EQ(status(), "initializing");
  loop_.RunUntil([&] { return TruthOf(id, "ssh_ready") > ready; });
  EXPECT_EQ(status(), "ok");
  EXPECT_EQ(Describe(id, "//instancesSet/item/launchTime"), launched);
  const FakeMachineLog& log = *machines_.at(id);
  EXPECT_THAT(log.power_offs, ElementsAre(false));
  ASSERT_THAT(log.boots, SizeIs(2));
  EXPECT_EQ(log.boots[1].addresses, log.boots[0].addresses);
  EXPECT_FALSE(log.boots[1].resumed);
  EXPECT_EQ(log.boots[1].authorized_key + log.boots[1].user_data, "");
  const Distribution& opens = region().latencies.Boot("started").closed_to_open;
  const std::string key =
      region().instances.at(id)->spec().image->name + "/m7i.large/us-west-2a/0/2/open";
  EXPECT_EQ(log.boots[1].open_after - log.boots[1].closed_after, region().Draw(opens, key));
  log.observer->OnGuestReboot();
  loop_.RunUntil([&] { return log.boots.size() == 3; });
  EXPECT_EQ(StateOf(id), "running");
}

TEST_F(InstanceTest, OnlyWhatRunsReboots) {
  const std::string id = Launch();
  const std::string reboot = "InstanceId.1=" + id;
  EXPECT_EQ(CodeOf("RebootInstances", reboot), "IncorrectInstanceState");
  WaitForState(id, "running");
  Run("StopInstances", reboot);
  EXPECT_EQ(CodeOf("RebootInstances", reboot), "IncorrectInstanceState");
  WaitForState(id, "stopped");
  EXPECT_EQ(CodeOf("RebootInstances", reboot), "IncorrectInstanceState");
  Run("TerminateInstances", reboot);
  EXPECT_EQ(CodeOf("RebootInstances", reboot), "none");  // ignored, as on EC2
  EXPECT_THAT(machines_.at(id)->boots, SizeIs(1));
}

TEST_F(InstanceTest, TheTypeChangesWhileItIsStopped) {
  const std::string id = Launch();
  const auto change = [&](const std::string& type) {
    return CodeOf("ModifyInstanceAttribute", "InstanceId=" + id + "&InstanceType.Value=" + type);
  };
  WaitForState(id, "running");
  EXPECT_EQ(change("m7i.xlarge"), "IncorrectInstanceState");
  Run("StopInstances", "InstanceId.1=" + id);
  WaitForState(id, "stopped");
  EXPECT_EQ(change("m7i.enormous"), "InvalidInstanceAttributeValue");
  EXPECT_EQ(change("m7g.large"), "InvalidInstanceAttributeValue");  // arm64
  EXPECT_EQ(change("m7i.xlarge"), "none");
  EXPECT_EQ(Describe(id, "//instancesSet/item/instanceType"), "m7i.xlarge");
  Run("StartInstances", "InstanceId.1=" + id);
  WaitForState(id, "running");
  EXPECT_EQ(FileText(machines_.at(id)->identity.metadata_directory + "/meta-data/instance-type"),
            "m7i.xlarge");
}

TEST_F(InstanceTest, FiltersKnowWhatADescribeShows) {
  const std::string id = Launch("&IamInstanceProfile.Name=localcloud-instance");
  const std::string other = Launch();
  WaitForState(id, "running");
  WaitForState(other, "running");
  Run("TerminateInstances", "InstanceId.1=" + other);
  WaitForState(other, "terminated");
  const auto found = [&](const std::string& name, const std::string& value) {
    std::vector<std::string> ids;
    const auto answer =
        Run("DescribeInstances", "Filter.1.Name=" + name + "&Filter.1.Value.1=" + value);
    for (const auto& node : answer.select_nodes("//instancesSet/item/instanceId")) {
      ids.emplace_back(node.node().text().get());
    }
    return ids;
  };
  const auto shown = [&](const std::string& path) {
    const std::string value = Describe(id, "//instancesSet/item/" + path);
    EXPECT_NE(value, "") << path;
    return value;
  };
  // Values that only this instance has.
  EXPECT_THAT(found("dns-name", shown("dnsName")), ElementsAre(id));
  EXPECT_THAT(found("private-dns-name", shown("privateDnsName")), ElementsAre(id));
  EXPECT_THAT(found("instance.group-name", shown("groupSet/item/groupName")), ElementsAre(id));
  EXPECT_THAT(found("iam-instance-profile.arn", shown("iamInstanceProfile/arn")), ElementsAre(id));
  EXPECT_THAT(found("launch-time", shown("launchTime")), ::testing::Contains(id));
  EXPECT_THAT(found("launch-time", "2001-*"), IsEmpty());
  const std::vector<std::pair<std::string, std::string>> of_all = {
      {"owner-id", "networkInterfaceSet/item/ownerId"},
      {"root-device-type", "rootDeviceType"},
      {"monitoring-state", "monitoring/state"},
      {"platform-details", "platformDetails"},
      {"hypervisor", "hypervisor"},
      {"metadata-options.http-tokens", "metadataOptions/httpTokens"}};
  for (const auto& [name, path] : of_all) {
    EXPECT_THAT(found(name, shown(path)), ElementsAre(id, other)) << name;
    EXPECT_THAT(found(name, "another"), IsEmpty()) << name;
  }
}

TEST_F(InstanceTest, AGuestsShutdownStopsOrTerminates) {
  const std::string stops = Launch();
  const std::string terminates = Launch("&InstanceInitiatedShutdownBehavior=terminate");
  WaitForState(stops, "running");
  WaitForState(terminates, "running");
  machines_.at(stops)->observer->OnGuestShutdown();
  machines_.at(terminates)->observer->OnGuestShutdown();
  WaitForState(stops, "stopped");
  WaitForState(terminates, "terminated");
  EXPECT_EQ(Describe(terminates, "//instancesSet/item/stateReason/code"),
            "Client.InstanceInitiatedShutdown");
}

// The guest's kernel starts after the instance runs; its user space, before the network is up.
TEST_F(InstanceTest, ABootHasItsPartsInOrder) {
  const std::string id = Launch();
  WaitForState(id, "running");
  const BootPlan& boot = machines_.at(id)->boots[0];
  EXPECT_LE(Clock::duration::zero(), boot.kernel_after);
  EXPECT_LE(boot.kernel_after, boot.initrd_after);
  EXPECT_LE(boot.initrd_after, boot.userspace_after);
  EXPECT_LE(boot.userspace_after, boot.closed_after);
  machines_.at(id)->observer->OnGuestEvent("kernel", Clock::now());
  EXPECT_GE(TruthOf(id, "guest_kernel"), TruthOf(id, "running"));
}

TEST_F(InstanceTest, TheKeyPairAndUserDataGoToTheFirstBoot) {
  AdmitSsh();
  Run("CreateKeyPair", "KeyName=k&KeyType=ed25519");
  const std::string id = Launch("&KeyName=k&UserData=IyEvYmluL3NoCg%3D%3D");
  WaitForState(id, "running");
  const BootPlan& boot = machines_.at(id)->boots[0];
  EXPECT_THAT(boot.authorized_key, StartsWith("ssh-ed25519 "));
  EXPECT_EQ(boot.user_data, "#!/bin/sh\n");
  const std::string metadata = machines_.at(id)->identity.metadata_directory;
  EXPECT_EQ(FileText(metadata + "/meta-data/instance-id"), id);
  EXPECT_EQ(FileText(metadata + "/meta-data/public-keys/0/openssh-key"), boot.authorized_key);
  EXPECT_EQ(FileText(metadata + "/meta-data/public-keys/.listing"), "0=k") << "as on EC2";
  EXPECT_EQ(FileText(metadata + "/user-data"), "#!/bin/sh\n");
  EXPECT_EQ(FileText(metadata + "/meta-data/placement/availability-zone"), "us-west-2a");
  loop_.RunUntil([&] {
    return FileText(metadata + "/meta-data/public-ipv4") ==
           Describe(id, "//instancesSet/item/ipAddress");
  });
}

TEST_F(InstanceTest, PushedKeysNeedTheAgentInTheImage) {
  const std::string id = Launch();
  WaitForState(id, "running");
  Instance& instance = *region().instances.at(id);
  EXPECT_TRUE(instance.PushKey("ec2-user", "ssh-ed25519 AAAA"));
  EXPECT_THAT(machines_.at(id)->pushed_keys, ElementsAre("ec2-user ssh-ed25519 AAAA"));
  std::filesystem::remove(instance.root_directory() +
                          "/etc/localcloud/packages/ec2-instance-connect");
  EXPECT_FALSE(instance.PushKey("ec2-user", "ssh-ed25519 BBBB"));
  EXPECT_THAT(machines_.at(id)->pushed_keys, SizeIs(1));
}

TEST_F(InstanceTest, ATreeThatCannotBeCopiedTerminatesTheInstance) {
  const std::string id = Launch();
  WaitForState(id, "running");
  std::filesystem::remove_all(base_image_);
  const std::string broken = Launch();
  WaitForState(broken, "terminated");
  EXPECT_EQ(Describe(broken, "//instancesSet/item/stateReason/code"), "Server.InternalError");
  EXPECT_EQ(StateOf(id), "running");
}

TEST_F(InstanceTest, TimesDoNotDependOnWhatElseIsLaunched) {
  const auto to_running = [&](const std::string& id) {
    const Instance& instance = *region().instances.at(id);
    return instance.planned_running_time() - instance.accepted_time();
  };
  const std::string first = Launch();
  Launch("&Placement.AvailabilityZone=us-west-2b");
  const std::string second = Launch();
  // The same cloud again, without anything in between.
  struct Again : CloudTest {
    void TestBody() override {}
    using CloudTest::Launch;
    using CloudTest::region;
  } again;
  const std::string first_again = again.Launch();
  const std::string second_again = again.Launch();
  const auto to_running_again = [&](const std::string& id) {
    const Instance& instance = *again.region().instances.at(id);
    return instance.planned_running_time() - instance.accepted_time();
  };
  EXPECT_EQ(to_running(first), to_running_again(first_again));
  EXPECT_EQ(to_running(second), to_running_again(second_again));
  EXPECT_NE(to_running(first), to_running(second));
}

// Without delays of consistency, which do not matter here.
std::string KeyLaterProfile() {
  const std::string path =
      ::testing::TempDir() + "/key_later_" + std::to_string(getpid()) + ".json";
  std::ofstream(path) << R"({"name": "mine", "base": "key_later", "description": "a test",
                             "switches": {"new_ids": false}})";
  return path;
}

class KeyLaterTest : public CloudTest {
 protected:
  KeyLaterTest() : CloudTest(KeyLaterProfile()) {}
};

TEST_F(KeyLaterTest, TheProfileDecidesHowLoginsAreRefused) {
  const std::string id = Launch();
  WaitForState(id, "running");
  EXPECT_EQ(machines_.at(id)->boots[0].refusal, BootPlan::Refusal::kKeyLater);
}

class InstantTest : public CloudTest {
 protected:
  InstantTest() : CloudTest("ec2", 0) {}
};

TEST_F(InstantTest, TimeScaleZeroLeavesNoModelledTime) {
  AdmitSsh();
  const std::string id = Launch();
  WaitForState(id, "running");
  const BootPlan& boot = machines_.at(id)->boots[0];
  EXPECT_EQ(boot.closed_after.count(), 0);
  EXPECT_EQ(boot.ready_after.count(), 0);
}

}  // namespace
}  // namespace localcloud
