// Machines that are on, and off, in their own time, as virtual machines are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "localcloud/ec2/state/admission.h"
#include "localcloud/ec2/state/instance.h"
#include "tests/localcloud/cloud_harness.h"

namespace localcloud {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class MachinePaceTest : public CloudTest {
 protected:
  MachinePaceTest() : CloudTest("unmodelled") { machines_take_their_time_ = true; }

  // Launches a machine and waits until it was switched on.
  std::string LaunchSwitchedOn() {
    const std::string id = Launch();
    loop_.RunUntil([&] { return machines_.contains(id) && !machines_.at(id)->boots.empty(); });
    return id;
  }
  FakeMachineLog& log(const std::string& id) { return *machines_.at(id); }
  // Lets everything happen that is due now.
  void Settle() {
    bool later = false;
    cloud_->timers().After(std::chrono::milliseconds(20), [&] { later = true; });
    loop_.RunUntil([&] { return later; });
  }
  std::string LaunchRunning() {
    const std::string id = LaunchSwitchedOn();
    log(id).observer->OnRunning(Clock::now());
    WaitForState(id, "running");
    return id;
  }
};

TEST_F(MachinePaceTest, RunningWhenTheMachineRuns) {
  const std::string id = LaunchSwitchedOn();
  Settle();
  EXPECT_EQ(StateOf(id), "pending");
  log(id).observer->OnRunning(Clock::now());
  WaitForState(id, "running");
}

TEST_F(MachinePaceTest, StoppedWhenTheMachineIsOff) {
  const std::string id = LaunchRunning();
  Run("StopInstances", "InstanceId.1=" + id);
  Settle();
  EXPECT_EQ(StateOf(id), "stopping");
  log(id).observer->OnPoweredOff(Clock::now());
  WaitForState(id, "stopped");
}

TEST_F(MachinePaceTest, RebootedOnceTheMachineIsOff) {
  const std::string id = LaunchRunning();
  Run("RebootInstances", "InstanceId.1=" + id);
  Settle();
  EXPECT_THAT(log(id).boots, SizeIs(1)) << "it still shuts down";
  log(id).observer->OnPoweredOff(Clock::now());
  EXPECT_THAT(log(id).boots, SizeIs(2));
  EXPECT_EQ(StateOf(id), "running");
}

TEST_F(MachinePaceTest, AStopDuringARebootStops) {
  const std::string id = LaunchRunning();
  Run("RebootInstances", "InstanceId.1=" + id);
  Run("StopInstances", "InstanceId.1=" + id);
  Settle();
  log(id).observer->OnPoweredOff(Clock::now());
  WaitForState(id, "stopped");
  EXPECT_THAT(log(id).boots, SizeIs(1));
}

TEST_F(MachinePaceTest, AMachineThatFailsIsTerminatedWithTheReason) {
  const std::string id = LaunchSwitchedOn();
  log(id).observer->OnFailure("QEMU ended: no space");
  WaitForState(id, "terminated");
  EXPECT_THAT(Describe(id, "//instancesSet/item/stateReason/message"),
              HasSubstr("Server.InternalError: QEMU ended: no space"));
}

TEST_F(MachinePaceTest, AMachineThatFailsLaterKeepsItsDisk) {
  const std::string id = LaunchRunning();
  Run("StopInstances", "InstanceId.1=" + id);
  log(id).observer->OnPoweredOff(Clock::now());
  WaitForState(id, "stopped");
  Run("StartInstances", "InstanceId.1=" + id);
  loop_.RunUntil([&] { return log(id).boots.size() == 2; });
  log(id).observer->OnFailure("no memory is left");
  WaitForState(id, "stopped");
  EXPECT_THAT(Describe(id, "//instancesSet/item/stateReason/message"),
              HasSubstr("no memory is left"));
}

// A request for one spot instance cannot be stopped, whoever asks.
TEST_F(MachinePaceTest, ASpotInstanceThatPowersOffIsTerminated) {
  machines_take_their_time_ = false;
  const std::string id = Launch("&InstanceMarketOptions.MarketType=spot");
  WaitForState(id, "running");
  log(id).observer->OnGuestShutdown();
  WaitForState(id, "terminated");
}

TEST_F(MachinePaceTest, AFailureAfterTheEndIsNoNews) {
  const std::string id = LaunchRunning();
  Run("TerminateInstances", "InstanceId.1=" + id);
  log(id).observer->OnFailure("killed");
  Settle();
  EXPECT_EQ(Describe(id, "//instancesSet/item/stateReason/code"), "Client.UserInitiatedShutdown");
}

TEST_F(MachinePaceTest, RulesReachTheMachineAsTheyChange) {
  const std::string id = LaunchRunning();
  const int before = log(id).ingress_changes;
  EXPECT_THAT(
      log(id).observer->Ingress(),
      UnorderedElementsAre(IngressRule{region().instances.at(id)->private_ip() + "/32", 0, 65535}))
      << "the default group admits its members";
  AdmitSsh();
  EXPECT_GT(log(id).ingress_changes, before);
  EXPECT_THAT(log(id).observer->Ingress(), ::testing::Contains(IngressRule{"127.0.0.0/8", 22, 22}));
  const std::string other = LaunchRunning();
  EXPECT_THAT(log(id).observer->Ingress(),
              ::testing::Contains(
                  IngressRule{region().instances.at(other)->private_ip() + "/32", 0, 65535}))
      << "a new member of the group";
}

}  // namespace
}  // namespace localcloud
