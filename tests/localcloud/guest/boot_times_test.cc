// What a guest tells of its own boot: systemctl show and systemd-analyze.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <time.h>

#include <chrono>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/ssh_test_client.h"

namespace localcloud {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr char kShowManager[] = "systemctl show --property=KernelTimestampMonotonic";
constexpr char kShowUnits[] =
    "systemctl show --property=Id cloud-init-local.service cloud-init.service cloud-config.service "
    "cloud-final.service sshd.service systemd-networkd-wait-online.service ssh.service";

class BootTimesTest : public ::testing::Test {
 protected:
  void Boot(BootPlan plan) {
    if (machine_ == nullptr) machine_ = &cloud_.Add(1, &observer_);
    observer_.Forget();
    cloud_.PowerOn(*machine_, plan);
    ASSERT_TRUE(observer_.WaitUntilReady());
  }
  BootPlan Plan() const {
    BootPlan plan = MachineHarness::Plan(1, key_.public_line);
    plan.kernel_after = milliseconds(10);
    plan.initrd_after = milliseconds(20);
    plan.userspace_after = milliseconds(40);
    plan.closed_after = milliseconds(70);
    plan.open_after = milliseconds(130);
    plan.ready_after = plan.final_after = milliseconds(140);
    return plan;
  }
  std::string Must(const std::string& command) {
    SshTestClient client(MachineHarness::address(1), cloud_.port());
    if (client.Login(key_) != 0) throw std::runtime_error("login refused");
    const CommandResult result = client.Run(command);
    EXPECT_EQ(result.status, 0) << command << ": " << result.out << result.err;
    return result.out;
  }
  // Returns what `systemctl show` prints, by "unit/property", or by "property" of the manager.
  std::map<std::string, std::string> Show(const std::string& command) {
    std::map<std::string, std::string> shown;
    std::istringstream lines(Must(command));
    std::string unit;
    for (std::string line; std::getline(lines, line);) {
      const auto equals = line.find('=');
      if (equals == std::string::npos) continue;
      if (line.starts_with("Id=")) unit = line.substr(3) + "/";
      shown[unit + line.substr(0, equals)] = line.substr(equals + 1);
    }
    return shown;
  }
  // Checks that two times which the guest tells, in microseconds, are as far apart as the events.
  // (On a host that has slept, the difference of its two clocks can be read only so well.)
  void ExpectApart(const std::string& earlier, const std::string& from, const std::string& later,
                   const std::string& to) {
    const auto events = observer_.facts().guest_events;
    const auto truth = std::chrono::duration_cast<microseconds>(events.at(to) - events.at(from));
    EXPECT_NEAR(static_cast<double>(std::stoll(later) - std::stoll(earlier)),
                static_cast<double>(truth.count()), 100)
        << from << " to " << to;
  }

  const TestKey key_;
  RecordingObserver observer_;
  MachineHarness cloud_;
  Machine* machine_ = nullptr;
};

TEST_F(BootTimesTest, AreThoseThatTheMachineReports) {
  timespec before{};
  clock_gettime(CLOCK_BOOTTIME, &before);
  BootPlan plan = Plan();
  plan.final_after = Clock::duration::max();
  Boot(plan);
  auto manager = Show(kShowManager);
  const std::string kernel = manager.at("KernelTimestampMonotonic");
  EXPECT_NE(manager.at("KernelTimestamp"), "");
  EXPECT_GE(std::stoll(kernel), before.tv_sec * 1'000'000) << "on the clock of /proc/uptime";
  ExpectApart(kernel, "kernel", manager.at("InitRDTimestampMonotonic"), "initrd");
  ExpectApart(kernel, "kernel", manager.at("UserspaceTimestampMonotonic"), "userspace");
  EXPECT_EQ(manager.at("FinishTimestampMonotonic"), "0");

  auto units = Show(kShowUnits);
  const std::string started = "/InactiveExitTimestampMonotonic";
  const std::string active = "/ActiveEnterTimestampMonotonic";
  ExpectApart(kernel, "kernel", units.at("systemd-networkd-wait-online.service" + active),
              "network");
  ExpectApart(kernel, "kernel", units.at("cloud-init-local.service" + started),
              "cloud_init_local_started");
  ExpectApart(kernel, "kernel", units.at("cloud-init.service" + active),
              "cloud_init_network_ended");
  ExpectApart(kernel, "kernel", units.at("sshd.service" + active), "sshd");
  ExpectApart(kernel, "kernel", units.at("cloud-config.service" + started),
              "cloud_init_config_started");
  EXPECT_EQ(units.at("cloud-config.service" + active), "0") << "it has not ended";
  EXPECT_EQ(units.at("cloud-final.service" + started), "0");
  EXPECT_EQ(units.at("ssh.service" + active), "0") << "there is no such unit";
}

TEST_F(BootTimesTest, LieInsideTheBootAndInItsOrder) {
  Boot(Plan());
  const auto events = observer_.facts().guest_events;
  Clock::time_point last = events.at("kernel");
  for (const char* name :
       {"initrd", "userspace", "cloud_init_local_started", "cloud_init_local_ended", "network",
        "cloud_init_network_ended", "sshd"}) {
    EXPECT_LE(last, events.at(name)) << name;
    last = events.at(name);
  }
  EXPECT_LE(last, observer_.facts().ready);
  EXPECT_EQ(events.at("cloud_init_network_started"), events.at("network"));
}

TEST_F(BootTimesTest, AFinishedBootHasACriticalChain) {
  Boot(Plan());
  Must("cloud-init status --wait");
  EXPECT_THAT(Must("systemd-analyze critical-chain"), HasSubstr("sshd.service @"));
  auto manager = Show(kShowManager);
  ExpectApart(manager.at("UserspaceTimestampMonotonic"), "userspace",
              manager.at("FinishTimestampMonotonic"), "finished");
}

TEST_F(BootTimesTest, OfTheNextBootReplaceThem) {
  Boot(Plan());
  const std::string first = Show(kShowManager).at("KernelTimestampMonotonic");
  cloud_.PowerOff(*machine_, false);
  Boot(Plan());
  auto manager = Show(kShowManager);
  EXPECT_GT(std::stoll(manager.at("KernelTimestampMonotonic")), std::stoll(first));
}

// Its memory tells of the boot before it slept.
TEST_F(BootTimesTest, AResumedGuestHasNotBooted) {
  Boot(Plan());
  Must("cloud-init status --wait");
  const std::string before = Must(kShowManager);
  cloud_.PowerOff(*machine_, true);
  BootPlan plan = Plan();
  plan.resumed = true;
  Boot(plan);
  EXPECT_TRUE(observer_.facts().guest_events.empty());
  EXPECT_EQ(Must(kShowManager), before);
}

TEST_F(BootTimesTest, WithoutCloudInitItHasNoStages) {
  Boot(Plan());
  Must("sudo dnf -q remove cloud-init");
  cloud_.PowerOff(*machine_, false);
  Boot(Plan());
  EXPECT_FALSE(observer_.facts().guest_events.contains("cloud_init_local_started"));
  EXPECT_EQ(Show(kShowUnits).at("cloud-init.service/ActiveEnterTimestampMonotonic"), "0");
  EXPECT_TRUE(observer_.facts().guest_events.contains("sshd"));
}

// A guest that damages the file loses its times, not its boot.
TEST_F(BootTimesTest, AreNotNeededForTheBoot) {
  Boot(Plan());
  Must("cloud-init status --wait; rm /run/localcloud/boot && mkdir /run/localcloud/boot");
  cloud_.PowerOff(*machine_, false);
  Boot(Plan());
  Must("true");
}

}  // namespace
}  // namespace localcloud
