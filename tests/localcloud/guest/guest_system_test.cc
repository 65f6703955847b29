#include "localcloud/guest/guest_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "localcloud/guest/image_kind.h"
#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/ssh_test_client.h"
#include "tests/support/file_text.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;
using test_support::FileText;

void Put(const std::string& path, const std::string& content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << content;
}

class GuestSystemTest : public ::testing::Test {
 protected:
  void Boot(const BootPlan& plan) {
    if (machine_ == nullptr) machine_ = &cloud_.Add(1, &observer_);
    observer_.Forget();
    cloud_.PowerOn(*machine_, plan);
    ASSERT_TRUE(observer_.WaitUntilReady()) << observer_.facts().console.size();
  }
  void BootAtOnce() { Boot(MachineHarness::Plan(1, key_.public_line)); }
  CommandResult RunOn(int number, const std::string& command) {
    SshTestClient client(MachineHarness::address(number), cloud_.port());
    if (client.Login(key_) != 0) throw std::runtime_error("login refused");
    return client.Run(command);
  }
  CommandResult Run(const std::string& command) { return RunOn(1, command); }
  // Fails the test if the command fails.
  std::string Must(const std::string& command) {
    const CommandResult result = Run(command);
    EXPECT_EQ(result.status, 0) << command << ": " << result.out << result.err;
    return result.out;
  }

  const TestKey key_;
  RecordingObserver observer_;
  RecordingObserver other_observer_;
  MachineHarness cloud_;
  Machine* machine_ = nullptr;
};

TEST_F(GuestSystemTest, SudoIsRootOfTheGuest) {
  BootAtOnce();
  EXPECT_EQ(Must("id -u"), "1000\n");
  EXPECT_EQ(Must("sudo id -u"), "0\n");
  EXPECT_EQ(Must("sudo -n -E X=3 sh -c 'echo $X $HOME'"), "3 /root\n");
  EXPECT_EQ(Must("sudo -u ec2-user id -u"), "1000\n");
  EXPECT_EQ(Run("sudo sh -c 'exit 9'").status, 9);
  EXPECT_EQ(Must("sudo sh -c 'echo x > /etc/motd && chown ec2-user:ec2-user /etc/motd && sync' && "
                 "cat /etc/motd"),
            "x\n");
}

TEST_F(GuestSystemTest, UserDataRunsOnceAsRootAndIsWaitedFor) {
  machine_ = &cloud_.Add(1, &observer_);
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.user_data =
      "#!/bin/sh\nwhile [ ! -e /tmp/go ]; do sleep 0.02; done\nsleep 0.3\n"
      "echo \"run by $(id -u)\"\necho ran >> /root/runs\n";
  Boot(plan);
  EXPECT_EQ(Must("cloud-init status"), "status: running\n");
  EXPECT_EQ(Must("touch /tmp/go; cloud-init status --wait"), "status: done\n");
  EXPECT_EQ(Must("cat /var/log/cloud-init-output.log"), "run by 0\n");
  EXPECT_EQ(observer_.facts().console.back(), "run by 0");
  cloud_.PowerOff(*machine_, false);
  Boot(plan);
  EXPECT_EQ(Must("cloud-init status --wait; cat /root/runs"), "status: done\nran\n");
}

// If a stop comes before cloud-init's last stage, the next boot runs that stage.
TEST_F(GuestSystemTest, UserDataOfAMachineThatWasStoppedTooEarlyRunsInItsNextBoot) {
  machine_ = &cloud_.Add(1, &observer_);
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.user_data = "#!/bin/sh\necho ran >> /root/runs\n";
  plan.final_after = Clock::duration::max();
  Boot(plan);
  EXPECT_EQ(Must("cloud-init status"), "status: running\n");
  EXPECT_TRUE(FirstBootIsUnfinished(cloud_.tree(1)));
  cloud_.PowerOff(*machine_, false);
  plan.final_after = {};
  Boot(plan);
  EXPECT_EQ(Must("cloud-init status --wait; cat /root/runs"), "status: done\nran\n");
  EXPECT_FALSE(FirstBootIsUnfinished(cloud_.tree(1)));
}

TEST_F(GuestSystemTest, ModelledStepsTakeTheirTimeAndSaySo) {
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.modelled_steps["os-update"] = {"assumed: a test", {milliseconds(300), milliseconds(10)}};
  plan.modelled_steps["pull-image"] = {"assumed: a test", {milliseconds(1)}};
  plan.user_data = "#!/bin/sh\nlaunch-bench-modelled pull-image\n";
  Boot(plan);
  const auto start = Clock::now();
  EXPECT_EQ(Must("sudo launch-bench-modelled os-update"),
            "launch-bench-modelled: os-update took 0.300000 s (modelled, not measured; assumed: a "
            "test)\n");
  EXPECT_GE(Clock::now() - start, milliseconds(300));
  EXPECT_THAT(Must("launch-bench-modelled os-update"), ::testing::HasSubstr("took 0.010000 s"));
  EXPECT_THAT(Must("launch-bench-modelled os-update"), ::testing::HasSubstr("took 0.300000 s"));
  EXPECT_THAT(Must("launch-bench-modelled os-update 3"), ::testing::HasSubstr("took 0.030000 s"));
  EXPECT_EQ(Run("launch-bench-modelled os-update x").status, 2);
  const CommandResult unknown = Run("launch-bench-modelled brew-coffee");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err,
              ::testing::HasSubstr("no step 'brew-coffee'; it has: os-update pull-im"));
  Must("cloud-init status --wait");
  EXPECT_THAT(observer_.facts().console.back(), ::testing::HasSubstr("pull-image took"));
}

TEST_F(GuestSystemTest, AGuestHasTheProcessorsOfItsType) {
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.cpus = 48;
  Boot(plan);
  EXPECT_EQ(Must("nproc"), "48\n");
  EXPECT_EQ(Must("nproc --all"), Must("/usr/bin/nproc --all"));
}

TEST_F(GuestSystemTest, WhatUserDataLeavesRunningGoesOn) {
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.user_data =
      "#!/bin/sh\n(while [ ! -e /tmp/go ]; do sleep 0.02; done; echo later; echo x > /tmp/went) &\n"
      "shutdown -h +30\necho end of script\n";
  Boot(plan);
  Must("timeout 60 cloud-init status --wait");
  EXPECT_EQ(observer_.facts().console.back(), "end of script");
  Must("touch /tmp/go; while [ ! -e /tmp/went ]; do sleep 0.02; done");
  EXPECT_TRUE(observer_.WaitFor([](const auto& f) { return f.console.back() == "later"; }));
  EXPECT_THAT(Must("cat /var/log/cloud-init-output.log"), ::testing::EndsWith("later\n"));
  // The automatic termination is still set.
  EXPECT_EQ(observer_.facts().shutdowns, 0);
  Must("sudo shutdown -c && sudo poweroff");
  EXPECT_TRUE(observer_.WaitFor([](const auto& f) { return f.shutdowns == 1; }));
}

TEST_F(GuestSystemTest, WithoutCloudInitNoKeyArrivesAndNoUserDataRuns) {
  BootAtOnce();
  EXPECT_EQ(Run("dnf -y remove cloud-init").status, 1) << "not root";
  Must("sudo dnf -y remove --noautoremove cloud-init amazon-ssm-agent nonsense");
  EXPECT_NE(Run("cloud-init --version").status, 0);
  EXPECT_EQ(Run("rpm -q cloud-init").status, 1);
  EXPECT_EQ(ImageKind(cloud_.tree(1), false), "minimal");
  const TestKey other;
  BootPlan plan = MachineHarness::Plan(1, other.public_line);
  plan.user_data = "#!/bin/sh\ntouch /root/ran\n";
  cloud_.PowerOff(*machine_, false);
  Boot(plan);
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  EXPECT_EQ(client.Login(other), LIBSSH2_ERROR_AUTHENTICATION_FAILED);
  EXPECT_EQ(Run("ls /root/ran").status, 2);
}

TEST_F(GuestSystemTest, NewInstanceOfAnImageHasItsOwnHostKeyAndIdentity) {
  BootAtOnce();
  const std::string host_key = FileText(cloud_.tree(1) + "/etc/ssh/ssh_host_ed25519_key.pub");
  const std::string machine_id = Must("cat /etc/machine-id");
  Must("sudo truncate -s 0 /etc/machine-id");
  cloud_.PowerOff(*machine_, false);
  CopyTree(cloud_.tree(1), cloud_.tree(3));
  Machine& third = cloud_.AddOn(3, cloud_.tree(3), &other_observer_);
  cloud_.PowerOn(third, MachineHarness::Plan(3, ""));
  ASSERT_TRUE(other_observer_.WaitUntilReady());
  EXPECT_EQ(RunOn(3, "cat /sys/devices/virtual/dmi/id/board_asset_tag").out,
            MachineHarness::instance_id(3) + "\n");
  EXPECT_NE(RunOn(3, "cat /etc/machine-id").out, machine_id);
  EXPECT_EQ(RunOn(3, "cat /etc/machine-id").out.size(), 33u);
  EXPECT_NE(FileText(cloud_.tree(3) + "/etc/ssh/ssh_host_ed25519_key.pub"), host_key);
}

TEST_F(GuestSystemTest, MetadataNeedsAToken) {
  machine_ = &cloud_.Add(1, &observer_);
  Put(cloud_.metadata(1) + "/meta-data/instance-id", "i-from-metadata");
  Put(cloud_.metadata(1) + "/meta-data/placement/region", "us-west-2");
  Put(cloud_.metadata(1) + "/../secret", "not for guests");
  BootAtOnce();
  const std::string base = "http://169.254.169.254/latest";
  const std::string curl = "curl -s -o /tmp/body -w '%{http_code}' --path-as-is ";
  EXPECT_EQ(Must(curl + base + "/meta-data/instance-id"), "401");
  EXPECT_EQ(Must(curl + "-X PUT " + base + "/api/token"), "400");
  const std::string token =
      "token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' " + base +
      "/api/token); with=\"X-aws-ec2-metadata-token: $token\"; ";
  const std::string get = token + "curl -s --path-as-is -H \"$with\" -w '%{http_code}' " + base;
  EXPECT_EQ(Must(get + "/meta-data/instance-id"), "i-from-metadata200");
  EXPECT_EQ(Must(get + "/meta-data/"), "instance-id\nplacement/200");
  EXPECT_EQ(Must(get + "/meta-data/nothing"), "Not Found\n404");
  EXPECT_EQ(Must(get + "/../secret"), "Not Found\n404");
  EXPECT_EQ(Must(get + "/meta-data/../../secret"), "Not Found\n404");
}

TEST_F(GuestSystemTest, EarlyUnitFetchesTheKeyBeforeSshdOpens) {
  machine_ = &cloud_.Add(1, &observer_);
  const TestKey fetched;
  Put(cloud_.metadata(1) + "/meta-data/public-keys/0/openssh-key", fetched.public_line);
  BootAtOnce();
  Must(R"sh(sudo sh -euc '
mkdir -p /usr/local/sbin
cat > /usr/local/sbin/early <<END
#!/bin/sh
set -eu
token=\$(curl -sf -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)
home=\$(getent passwd "\$1" | cut -d: -f6)
curl -sf -H "X-aws-ec2-metadata-token: \$token" \
  http://169.254.169.254/latest/meta-data/public-keys/0/openssh-key > "\$home/.ssh/authorized_keys"
chown "\$1:\$(id -gn "\$1")" "\$home/.ssh/authorized_keys"
sleep 0.2
echo early unit done
END
chmod 755 /usr/local/sbin/early
cat > /etc/systemd/system/early.service <<END
[Unit]
Before=sshd.service ssh.service
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/early ec2-user
[Install]
WantedBy=multi-user.target
END
systemctl enable early.service
mkdir -p /etc/cloud
touch /etc/cloud/cloud-init.disabled
rm -f /home/ec2-user/.ssh/authorized_keys')sh");
  EXPECT_EQ(ImageKind(cloud_.tree(1), false), "custom_init");
  cloud_.PowerOff(*machine_, false);
  const Clock::time_point began = Clock::now();
  BootAtOnce();
  EXPECT_GE(observer_.facts().open - began, milliseconds(200)) << "sshd waits for the unit";
  EXPECT_EQ(observer_.facts().console.back(), "early unit done");
  SshTestClient old(MachineHarness::address(1), cloud_.port());
  EXPECT_EQ(old.Login(key_), LIBSSH2_ERROR_AUTHENTICATION_FAILED) << "cloud-init is disabled";
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  EXPECT_EQ(client.Login(fetched), 0);
}

TEST_F(GuestSystemTest, ImageWithoutSshdNeverOpens) {
  BootAtOnce();
  Must("sudo dnf remove -y openssh-server");
  cloud_.PowerOff(*machine_, false);
  observer_.Forget();
  cloud_.PowerOn(*machine_, MachineHarness::Plan(1, ""));
  ASSERT_TRUE(observer_.WaitFor([](const auto& f) { return f.closed != Clock::time_point{}; }));
  std::this_thread::sleep_for(milliseconds(100));  // other images open in that time
  int fd = -1;
  EXPECT_EQ(TryConnect(MachineHarness::address(1), cloud_.port(), &fd), ECONNREFUSED);
}

TEST_F(GuestSystemTest, ShutdownCanBeScheduledAndCancelled) {
  BootAtOnce();
  Must("sudo shutdown -h +30");
  const auto is_scheduled = [&] { return !Run("pgrep -xf 'sleep 1800'").out.empty(); };
  test_support::WaitUntil("the timer", is_scheduled);
  Must("sudo shutdown -c");
  test_support::WaitUntil("the timer's end", [&] { return !is_scheduled(); });
  EXPECT_EQ(observer_.facts().shutdowns, 0);
  Must("sudo systemctl poweroff");
  EXPECT_TRUE(observer_.WaitFor([](const auto& f) { return f.shutdowns == 1; }));
}

TEST_F(GuestSystemTest, SftpSubsystemWorks) {
  if (access("/usr/lib/openssh/sftp-server", X_OK) != 0)
    GTEST_SKIP() << "no sftp-server on this host";
  BootAtOnce();
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  ASSERT_EQ(client.Login(key_), 0);
  LIBSSH2_CHANNEL* channel = libssh2_channel_open_session(client.session());
  ASSERT_EQ(libssh2_channel_subsystem(channel, "sftp"), 0);
  const char hello[] = {0, 0, 0, 5, 1, 0, 0, 0, 3};  // SSH_FXP_INIT, version 3
  libssh2_channel_write(channel, hello, sizeof hello);
  char answer[9] = {};
  for (std::size_t n = 0; n < sizeof answer;) {
    const ssize_t more = libssh2_channel_read(channel, answer + n, sizeof answer - n);
    ASSERT_GT(more, 0);
    n += static_cast<std::size_t>(more);
  }
  EXPECT_EQ(answer[4], 2) << "SSH_FXP_VERSION";
  libssh2_channel_free(channel);
}

}  // namespace
}  // namespace localcloud
