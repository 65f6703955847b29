#include "localcloud/sandbox/sandbox_machine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/ssh_test_client.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;

// Logs in and runs one command.
CommandResult RunOn(const MachineHarness& cloud, int number, const TestKey& key,
                    const std::string& command, const std::string& input = "") {
  SshTestClient client(MachineHarness::address(number), cloud.port());
  if (client.Login(key) != 0) throw std::runtime_error("login refused");
  return client.Run(command, input);
}

class SandboxMachineTest : public ::testing::Test {
 protected:
  void Boot(const BootPlan& plan) {
    machine_ = &cloud_.Add(1, &observer_);
    cloud_.PowerOn(*machine_, plan);
  }
  void BootAtOnce() {
    Boot(MachineHarness::Plan(1, key_.public_line));
    ASSERT_TRUE(observer_.WaitUntilReady());
  }
  void BootAgain(const BootPlan& plan) {
    observer_.Forget();
    cloud_.PowerOn(*machine_, plan);
    ASSERT_TRUE(observer_.WaitUntilReady());
  }
  CommandResult Run(const std::string& command, const std::string& input = "") {
    return RunOn(cloud_, 1, key_, command, input);
  }

  const TestKey key_;
  RecordingObserver observer_;
  MachineHarness cloud_;
  Machine* machine_ = nullptr;
};

TEST_F(SandboxMachineTest, IsFilteredThenClosedThenOpen) {
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.closed_after = milliseconds(300);
  plan.open_after = milliseconds(600);
  plan.ready_after = milliseconds(600);
  Boot(plan);
  // Compares what each connection attempt saw with the truth. No answer may come before the change
  // of state that it shows. An attempt that began after a change must not get the earlier answer.
  int refused = 0;
  test_support::WaitUntil("the open port", [&] {
    const RecordingObserver::Facts before = observer_.facts();
    int fd = -1;
    const int error = TryConnect(MachineHarness::address(1), cloud_.port(), &fd, milliseconds(20));
    const Clock::time_point ended = Clock::now();
    if (error == 0) {
      close(fd);
      EXPECT_TRUE(observer_.WaitFor([](const auto& f) { return f.open != Clock::time_point{}; }));
      EXPECT_GE(ended, observer_.facts().open);
    } else if (error == ECONNREFUSED) {
      ++refused;
      EXPECT_TRUE(observer_.WaitFor([](const auto& f) { return f.closed != Clock::time_point{}; }));
      EXPECT_GE(ended, observer_.facts().closed);
      EXPECT_EQ(before.open, Clock::time_point{}) << "it was open before";
    } else {
      EXPECT_EQ(error, ETIMEDOUT);
      EXPECT_EQ(before.closed, Clock::time_point{}) << "it was closed before";
    }
    return error == 0;
  });
  EXPECT_GT(refused, 0);
}

TEST_F(SandboxMachineTest, NeverBecomesClosedWhereThePlanSaysNever) {
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.closed_after = Clock::duration::max();
  Boot(plan);
  int fd = -1;
  EXPECT_EQ(TryConnect(MachineHarness::address(1), cloud_.port(), &fd, milliseconds(300)),
            ETIMEDOUT);
}

TEST_F(SandboxMachineTest, RightKeyIsToldThatTheMachineIsBooting) {
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.ready_after = milliseconds(400);
  Boot(plan);
  ASSERT_TRUE(observer_.WaitFor([](const auto& f) { return f.open != Clock::time_point{}; }));
  int closed = 0;
  Clock::time_point logged_in;
  test_support::WaitUntil("the login", [&] {
    SshTestClient client(MachineHarness::address(1), cloud_.port());
    const int rc = client.Login(key_);
    logged_in = Clock::now();
    EXPECT_NE(rc, LIBSSH2_ERROR_AUTHENTICATION_FAILED) << "rejected instead of closed";
    closed += rc == 0 ? 0 : 1;
    return rc == 0;
  });
  EXPECT_GE(logged_in, observer_.facts().ready);
  EXPECT_GT(closed, 0);
  ASSERT_TRUE(observer_.WaitFor([](const auto& f) { return !f.logins.empty(); }));
  EXPECT_GE(observer_.facts().logins.at(0), observer_.facts().ready);
}

TEST_F(SandboxMachineTest, KeyThatComesLaterIsRejectedOnOneConnectionUntilThen) {
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.ready_after = milliseconds(500);
  plan.refusal = BootPlan::Refusal::kKeyLater;
  Boot(plan);
  ASSERT_TRUE(observer_.WaitFor([](const auto& f) { return f.open != Clock::time_point{}; }));
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  ASSERT_EQ(client.Login(key_), LIBSSH2_ERROR_AUTHENTICATION_FAILED);
  ASSERT_TRUE(observer_.WaitUntilReady());
  EXPECT_EQ(client.Login(key_), 0);
  EXPECT_EQ(client.Run("echo hello").out, "hello\n");
}

TEST_F(SandboxMachineTest, SixthRejectionDisconnects) {
  BootAtOnce();
  const TestKey wrong;
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(client.Login(wrong), LIBSSH2_ERROR_AUTHENTICATION_FAILED) << i;
  client.Login(wrong);
  EXPECT_NE(client.Login(key_), 0);
  SshTestClient again(MachineHarness::address(1), cloud_.port());
  EXPECT_EQ(again.Login(key_), 0);
}

TEST_F(SandboxMachineTest, UnknownUserIsRejected) {
  BootAtOnce();
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  EXPECT_EQ(client.Login(key_, "root"), LIBSSH2_ERROR_AUTHENTICATION_FAILED);
}

TEST_F(SandboxMachineTest, CommandHasItsOutputErrorAndStatus) {
  BootAtOnce();
  const CommandResult result = Run("echo out; echo err >&2; exit 7");
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.status, 7);
}

TEST_F(SandboxMachineTest, SignalIsTold) {
  BootAtOnce();
  EXPECT_EQ(Run("kill -TERM $$").signal, "TERM");
}

TEST_F(SandboxMachineTest, InputReachesTheCommandAndEnds) {
  BootAtOnce();
  std::string input(3'000'000, 'x');
  input += "end";
  const CommandResult result = Run("cat; echo done >&2", input);
  EXPECT_EQ(result.out, input);
  EXPECT_EQ(result.err, "done\n");
  EXPECT_EQ(result.status, 0);
}

TEST_F(SandboxMachineTest, LargeOutputArrivesWhole) {
  BootAtOnce();
  const CommandResult result =
      Run("head -c 20000000 /dev/zero | tr '\\0' y; head -c 300000 /dev/zero >&2; exit 3");
  EXPECT_EQ(result.out.size(), 20'000'000u);
  EXPECT_EQ(result.out.find_first_not_of('y'), std::string::npos);
  EXPECT_EQ(result.err.size(), 300'000u);
  EXPECT_EQ(result.status, 3);
}

TEST_F(SandboxMachineTest, SlowReaderDoesNotHoldUpOthers) {
  BootAtOnce();
  SshTestClient slow(MachineHarness::address(1), cloud_.port());
  ASSERT_EQ(slow.Login(key_), 0);
  slow.Open("head -c 100000000 /dev/zero");  // the client reads none of it
  EXPECT_EQ(Run("echo hello").out, "hello\n");
}

TEST_F(SandboxMachineTest, DisconnectKillsTheCommand) {
  BootAtOnce();
  {
    SshTestClient client(MachineHarness::address(1), cloud_.port());
    ASSERT_EQ(client.Login(key_), 0);
    client.Open("exec sleep 4321");
    test_support::WaitUntil("the command",
                            [&] { return !Run("pgrep -f 'sleep 432[1]'").out.empty(); });
  }
  test_support::WaitUntil("its end", [&] { return Run("pgrep -f 'sleep 432[1]'").out.empty(); });
}

TEST_F(SandboxMachineTest, BackgroundProcessOutlivesItsSession) {
  BootAtOnce();
  EXPECT_EQ(Run("setsid sleep 4322 > /dev/null 2>&1 < /dev/null &").status, 0);
  EXPECT_NE(Run("pgrep -f 'sleep 432[2]'").out, "");
}

TEST_F(SandboxMachineTest, ShellHasATerminalWhereAskedFor) {
  BootAtOnce();
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  ASSERT_EQ(client.Login(key_), 0);
  LIBSSH2_CHANNEL* channel = client.Open("", true);
  const std::string typed = "test -t 0 && echo on-a-$TERM; exit 5\n";
  libssh2_channel_write(channel, typed.data(), typed.size());
  std::string out;
  char chunk[4096];
  for (ssize_t n; (n = libssh2_channel_read(channel, chunk, sizeof chunk)) > 0;) {
    out.append(chunk, static_cast<std::size_t>(n));
  }
  EXPECT_NE(out.find("on-a-xterm"), std::string::npos) << out;
  CommandResult result;
  client.Finish(channel, &result);
  EXPECT_EQ(result.status, 5);
}

TEST_F(SandboxMachineTest, KeyInjectedByACommandCountsAtOnce) {
  BootAtOnce();
  const TestKey other;
  EXPECT_EQ(Run("echo '" + other.public_line + "' >> ~/.ssh/authorized_keys").status, 0);
  EXPECT_EQ(RunOn(cloud_, 1, other, "echo hello").out, "hello\n");
  EXPECT_EQ(Run("sed -i /ed25519/d ~/.ssh/authorized_keys").status, 0);
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  EXPECT_EQ(client.Login(other), LIBSSH2_ERROR_AUTHENTICATION_FAILED);
}

TEST_F(SandboxMachineTest, PushedKeyIsHonouredUntilItExpires) {
  BootAtOnce();
  const TestKey pushed;
  const Clock::time_point expiry = Clock::now() + milliseconds(1500);
  cloud_.loop().Do([&] { machine_->PushKey("ec2-user", pushed.public_line, expiry); });
  EXPECT_EQ(RunOn(cloud_, 1, pushed, "echo hello").out, "hello\n");
  std::this_thread::sleep_until(expiry);  // the key's time is up
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  EXPECT_EQ(client.Login(pushed), LIBSSH2_ERROR_AUTHENTICATION_FAILED);
}

TEST_F(SandboxMachineTest, PushedKeyNeedsInstanceConnectInTheImage) {
  BootAtOnce();
  EXPECT_EQ(Run("rm /etc/localcloud/packages/ec2-instance-connect").status, 0);
  const TestKey pushed;
  cloud_.loop().Do(
      [&] { machine_->PushKey("ec2-user", pushed.public_line, Clock::time_point::max()); });
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  EXPECT_EQ(client.Login(pushed), LIBSSH2_ERROR_AUTHENTICATION_FAILED);
}

TEST_F(SandboxMachineTest, TellsLoginsCommandsAndSessionsInOrder) {
  BootAtOnce();
  const Clock::time_point before = Clock::now();
  Run("echo hello");
  const Clock::time_point after = Clock::now();
  ASSERT_TRUE(observer_.WaitFor([](const auto& f) { return !f.sessions.empty(); }));
  const RecordingObserver::Facts facts = observer_.facts();
  const MachineObserver::Session& session = facts.sessions.at(0);
  EXPECT_EQ(session.key_fingerprint.rfind("SHA256:", 0), 0u);
  EXPECT_LE(before, session.accepted);
  EXPECT_LE(session.accepted, session.auth_ok);
  EXPECT_LE(session.auth_ok, session.command_done);
  EXPECT_LE(session.command_done, after);
  EXPECT_EQ(facts.logins.at(0), session.auth_ok);
  EXPECT_EQ(facts.commands.at(0), session.command_done);
}

TEST_F(SandboxMachineTest, FiftySessionsAtOnce) {
  BootAtOnce();
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back([this, i, &good] {
      const std::string nonce = "nonce-" + std::to_string(i);
      try {
        if (Run("echo " + nonce).out == nonce + "\n") ++good;
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 50);
}

TEST_F(SandboxMachineTest, SurvivesGarbage) {
  BootAtOnce();
  for (int i = 0; i < 300; ++i) {
    int fd = -1;
    ASSERT_EQ(TryConnect(MachineHarness::address(1), cloud_.port(), &fd, std::chrono::seconds(10)),
              0);
    std::string garbage(static_cast<std::size_t>(1 + i * 7), static_cast<char>(i * 31));
    if (i % 3 == 0) garbage = "SSH-2.0-x\r\n" + garbage;
    send(fd, garbage.data(), garbage.size(), MSG_NOSIGNAL);
    close(fd);
  }
  EXPECT_EQ(Run("echo hello").out, "hello\n");
}

TEST_F(SandboxMachineTest, BootIdLastsThroughHibernationOnly) {
  BootAtOnce();
  const std::string boot_id = Run("cat /proc/sys/kernel/random/boot_id").out;
  EXPECT_EQ(boot_id.size(), 37u);
  Run("setsid sh -c 'while :; do echo x >> /tmp/beats; sleep 0.01; done' > /dev/null 2>&1 < "
      "/dev/null &");
  test_support::WaitUntil("the first beat", [&] { return !Run("cat /tmp/beats").out.empty(); });
  cloud_.PowerOff(*machine_, true);
  std::this_thread::sleep_for(milliseconds(100));  // a process on another CPU stops a little later
  const auto frozen = std::filesystem::file_size(cloud_.tree(1) + "/tmp/beats");
  std::this_thread::sleep_for(milliseconds(100));  // ten beats
  EXPECT_EQ(std::filesystem::file_size(cloud_.tree(1) + "/tmp/beats"), frozen);

  BootPlan plan = MachineHarness::Plan(1, "");
  plan.resumed = true;
  BootAgain(plan);
  EXPECT_EQ(Run("cat /proc/sys/kernel/random/boot_id").out, boot_id);
  test_support::WaitUntil("the next beat", [&] {
    return std::filesystem::file_size(cloud_.tree(1) + "/tmp/beats") > frozen;
  });

  cloud_.PowerOff(*machine_, false);
  BootAgain(MachineHarness::Plan(1, ""));
  EXPECT_NE(Run("cat /proc/sys/kernel/random/boot_id").out, boot_id);
  EXPECT_EQ(Run("pgrep -f beat[s]").out, "");
}

TEST_F(SandboxMachineTest, StopEndsConnectionsAndStartKeepsTheTree) {
  BootAtOnce();
  const std::string tag =
      Run("echo kept > /home/ec2-user/file; cat /sys/devices/virtual/dmi/id/board_asset_tag").out;
  EXPECT_EQ(tag, MachineHarness::instance_id(1) + "\n");
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  ASSERT_EQ(client.Login(key_), 0);
  const std::size_t sessions = observer_.facts().sessions.size();
  cloud_.PowerOff(*machine_, false);
  EXPECT_EQ(observer_.facts().sessions.size(), sessions + 1) << "told at its end, whatever ends it";
  EXPECT_THROW(client.Run("echo hello"), std::runtime_error);
  int fd = -1;
  EXPECT_EQ(TryConnect(MachineHarness::address(1), cloud_.port(), &fd), ECONNREFUSED);
  BootAgain(MachineHarness::Plan(1, ""));
  EXPECT_EQ(Run("cat file").out, "kept\n");
}

TEST_F(SandboxMachineTest, HeldAddressStaysFilteredBeforeAndAfter) {
  std::unique_ptr<AddressHold> hold;
  cloud_.loop().Do([&] { hold = cloud_.factory().Hold(MachineHarness::address(1)); });
  int fd = -1;
  EXPECT_EQ(TryConnect(MachineHarness::address(1), cloud_.port(), &fd), ETIMEDOUT);
  BootAtOnce();
  EXPECT_EQ(Run("echo hello").out, "hello\n");
  cloud_.PowerOff(*machine_, false);
  EXPECT_EQ(TryConnect(MachineHarness::address(1), cloud_.port(), &fd), ETIMEDOUT);
  cloud_.loop().Do([&] { hold.reset(); });
  EXPECT_EQ(TryConnect(MachineHarness::address(1), cloud_.port(), &fd), ECONNREFUSED);
}

TEST_F(SandboxMachineTest, GuestPowersItselfOff) {
  BootAtOnce();
  EXPECT_EQ(Run("sudo shutdown -h now").status, 0);
  EXPECT_TRUE(observer_.WaitFor([](const auto& f) { return f.shutdowns == 1; }));
}

TEST_F(SandboxMachineTest, GuestRebootsItself) {
  BootAtOnce();
  int reboots = 0;
  for (const char* command : {"sudo reboot", "sudo shutdown -r now", "sudo systemctl reboot"}) {
    EXPECT_EQ(Run(command).status, 0);
    ++reboots;
    EXPECT_TRUE(observer_.WaitFor([&](const auto& f) { return f.reboots == reboots; })) << command;
  }
  EXPECT_EQ(observer_.facts().shutdowns, 0);
}

TEST_F(SandboxMachineTest, ConsoleShowsTheHostKeyAndWhatTheGuestWrites) {
  BootAtOnce();
  EXPECT_EQ(Run("echo from the guest > /dev/console").status, 0);
  EXPECT_TRUE(observer_.WaitFor(
      [](const auto& f) { return !f.console.empty() && f.console.back() == "from the guest"; }));
  EXPECT_NE(observer_.facts().console.at(1).find("SHA256:"), std::string::npos);
}

TEST_F(SandboxMachineTest, AddressTakenByAnotherIsAnError) {
  BootAtOnce();
  RecordingObserver other;
  Machine& second = cloud_.Add(2, &other);
  EXPECT_THROW(cloud_.PowerOn(second, MachineHarness::Plan(1, "")), std::runtime_error);
  EXPECT_EQ(Run("echo hello").out, "hello\n");
}

TEST(SandboxMachineRoundTripTest, BytesTakeTheRoundTrip) {
  const TestKey key;
  RecordingObserver observer;
  MachineHarness cloud(milliseconds(40));
  cloud.PowerOn(cloud.Add(1, &observer), MachineHarness::Plan(1, key.public_line));
  ASSERT_TRUE(observer.WaitUntilReady());
  SshTestClient client(MachineHarness::address(1), cloud.port());
  ASSERT_EQ(client.Login(key), 0);
  const Clock::time_point before = Clock::now();
  const CommandResult result = client.Run("echo hello; head -c 1000000 /dev/zero >&2; exit 4");
  const Clock::time_point after = Clock::now();
  EXPECT_EQ(result.out, "hello\n");
  EXPECT_EQ(result.err.size(), 1'000'000u);
  EXPECT_EQ(result.status, 4);
  EXPECT_GE(after - before, milliseconds(80)) << "open, then exec with status";
  // The status left the machine half a round trip before it arrived.
  EXPECT_GE(after - observer.facts().commands.at(0), milliseconds(20));
}

TEST(SandboxMachineWithoutSandboxTest, RefusesCommandsInsteadOfRunningThemBare) {
  const TestKey key;
  RecordingObserver observer;
  MachineHarness cloud({}, false);
  cloud.PowerOn(cloud.Add(1, &observer), MachineHarness::Plan(1, key.public_line));
  ASSERT_TRUE(observer.WaitUntilReady());
  const CommandResult result = RunOn(cloud, 1, key, "echo hello");
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("refused"), std::string::npos);
  EXPECT_EQ(result.status, 126);
}

}  // namespace
}  // namespace localcloud
