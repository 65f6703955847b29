// OpenSSH's own clients connect to an instance: ssh, scp (both protocols) and sftp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/ssh_test_client.h"
#include "tests/support/child_process.h"
#include "tests/support/file_text.h"

namespace localcloud {
namespace {

using test_support::ChildProcess;
using test_support::FileText;

class OpensshClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* program :
         {"/usr/bin/ssh", "/usr/bin/scp", "/usr/bin/sftp", "/usr/lib/openssh/sftp-server"}) {
      if (!std::filesystem::exists(program)) GTEST_SKIP() << "no " << program;
    }
    key_file_ = directory_ / "key";
    std::ofstream(key_file_) << key_.private_pem;
    std::filesystem::permissions(key_file_, std::filesystem::perms::owner_read);
    Machine& machine = cloud_.Add(1, &observer_);
    cloud_.PowerOn(machine, MachineHarness::Plan(1, key_.public_line));
    ASSERT_TRUE(observer_.WaitUntilReady());
  }
  // Runs `program` with the options that all three accept. Returns its standard output.
  std::string Run(const std::string& program, const std::vector<std::string>& words) {
    std::vector<std::string> command = {"/usr/bin/" + program,
                                        "-F/dev/null",
                                        "-oUserKnownHostsFile=/dev/null",
                                        "-oStrictHostKeyChecking=no",
                                        "-oBatchMode=yes",
                                        "-oLogLevel=ERROR",
                                        "-oIdentitiesOnly=yes",
                                        "-oIdentityFile=" + key_file_,
                                        "-oPort=" + std::to_string(cloud_.port())};
    command.insert(command.end(), words.begin(), words.end());
    ChildProcess process(command, {});
    EXPECT_EQ(process.Wait(), 0) << program << ": " << process.errors();
    return process.output();
  }
  std::string Sent() {
    std::string content(300'000, 'x');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 % 251);
    std::ofstream(directory_ / "sent") << content;
    return content;
  }

  const TestKey key_;
  TestDirectory directory_;
  std::string key_file_;
  RecordingObserver observer_;
  MachineHarness cloud_;
  const std::string login_ = "ec2-user@" + MachineHarness::address(1);
};

TEST_F(OpensshClientTest, SshRunsCommands) {
  EXPECT_EQ(Run("ssh", {login_, "id -un; hostname"}), "ec2-user\nip-127-0-77-1\n");
}

TEST_F(OpensshClientTest, ScpCopiesBothWaysByBothProtocols) {
  const std::string content = Sent();
  for (const std::string protocol : {"-s", "-O"}) {
    Run("scp", {protocol, directory_ / "sent", login_ + ":there"});
    EXPECT_EQ(FileText(cloud_.tree(1) + "/home/ec2-user/there"), content);
    Run("scp", {protocol, login_ + ":there", directory_ / "back"});
    EXPECT_EQ(FileText(directory_ / "back"), content);
    std::filesystem::remove(directory_ / "back");
    std::filesystem::remove(cloud_.tree(1) + "/home/ec2-user/there");
  }
}

TEST_F(OpensshClientTest, SftpPutsListsAndGets) {
  const std::string content = Sent();
  std::ofstream(directory_ / "batch")
      << "put " << (directory_ / "sent") << " a\nmkdir d\nrename a d/b\n"
      << "ls -1 d\nget d/b " << (directory_ / "back") << "\n";
  EXPECT_THAT(Run("sftp", {"-b", directory_ / "batch", login_}), ::testing::HasSubstr("d/b"));
  EXPECT_EQ(FileText(directory_ / "back"), content);
}

}  // namespace
}  // namespace localcloud
