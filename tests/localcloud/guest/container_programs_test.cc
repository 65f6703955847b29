// The models of Docker, git and dnf in guests.
#include "localcloud/guest/container_programs.h"

#include <gmock/gmock.h>

#include <memory>

#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/ssh_test_client.h"

namespace localcloud {
namespace {

using ::testing::HasSubstr;

constexpr char kRedis[] = "public.ecr.aws/docker/library/redis:7";

class ContainerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    BootPlan plan = MachineHarness::Plan(1, key_.public_line);
    for (const char* step : {"install-docker", "pull-image", "extend-image", "build-runner-image",
                             "start-container", "load-workload", "os-update"}) {
      plan.modelled_steps[step] = {"assumed: a test", {std::chrono::milliseconds(1)}};
    }
    cloud_.PowerOn(cloud_.Add(1, &observer_), plan);
    ASSERT_TRUE(observer_.WaitUntilReady());
  }
  // Runs a command as root.
  CommandResult Run(const std::string& command) {
    SshTestClient client(MachineHarness::address(1), cloud_.port());
    if (client.Login(key_) != 0) throw std::runtime_error("login refused");
    return client.Run("sudo sh <<'END'\n" + command + "\nEND\n");
  }
  std::string Must(const std::string& command) {
    const CommandResult result = Run(command);
    EXPECT_EQ(result.status, 0) << command << ": " << result.out << result.err;
    return result.out;
  }
  void PullRedis() { Must("dnf install -y docker && docker pull " + std::string(kRedis)); }
  static std::string InRedis(const std::string& options, const std::string& command) {
    return "docker run --rm " + options + " " + kRedis + " " + command;
  }

  const TestKey key_;
  RecordingObserver observer_;
  MachineHarness cloud_;
};

TEST_F(ContainerTest, DockerIsThereOnceItIsInstalled) {
  EXPECT_EQ(Run("docker pull " + std::string(kRedis)).status, 127);
  EXPECT_THAT(Must("dnf install -y docker"), HasSubstr("launch-bench-modelled: install-docker"));
  EXPECT_THAT(Must("docker pull " + std::string(kRedis)), HasSubstr("pull-image took"));
  EXPECT_THAT(Run("docker pull nobody/knows:1").err, HasSubstr("localcloud has no model of it"));
}

TEST_F(ContainerTest, AContainerHasItsImagesProgramsAlone) {
  PullRedis();
  const std::string which =
      "sh -c 'for p in redis-cli taskset awk git curl; do command -v $p; done; true'";
  const std::string programs = Must(InRedis("", which));
  EXPECT_THAT(programs, HasSubstr("/redis-cli\n"));
  EXPECT_THAT(programs, ::testing::Not(HasSubstr("git")));
  EXPECT_THAT(programs, ::testing::Not(HasSubstr("curl")));
  Must("docker build -t fleet-runner - <<'IMAGE'\nFROM " + std::string(kRedis) +
       "\nRUN apt-get update && \\\n  apt-get install -y git curl ca-certificates && true\nIMAGE");
  EXPECT_THAT(Must("docker run --rm fleet-runner sh -c 'command -v git && command -v curl'"),
              HasSubstr("/git\n"));
}

TEST_F(ContainerTest, AContainerHasDirectoriesOfItsOwnAndWhatItIsGiven) {
  PullRedis();
  Must("mkdir /srv/given && echo x > /srv/given/file && echo y > /tmp/not-given");
  EXPECT_EQ(Run(InRedis("-v /srv/given:/srv/given", "cat /tmp/not-given")).status, 1);
  EXPECT_THAT(Must(InRedis("-v /srv/given:/srv/given",
                           "sh -c 'cat /srv/given/file; echo z > /srv/given/back'")),
              HasSubstr("x\n"));
  EXPECT_EQ(Must("cat /srv/given/back"), "z\n");
}

// Source: docker/cli, opts/file.go.
TEST_F(ContainerTest, AVariableOfAnEnvFileIsOneLine) {
  PullRedis();
  Must("printf 'A=one two\\n# B=no\\nC=\"quoted\"\\n' > /tmp/env");
  EXPECT_THAT(Must(InRedis("--env-file /tmp/env", "sh -c 'echo \"$A|$B|$C|$FLEET\"'")),
              HasSubstr("one two||\"quoted\"|\n"));
  Must("printf 'LOAD=if true; then\\nfi\\n' > /tmp/env");
  EXPECT_THAT(Must(InRedis("--env-file /tmp/env", "sh -c 'echo \"$LOAD|\"'")),
              HasSubstr("if true; then|\n"));
  Must("printf 'LOAD=if true; then\\necho a=b\\n' > /tmp/env");
  const CommandResult refused = Run(InRedis("--env-file /tmp/env", "true"));
  EXPECT_EQ(refused.status, 125);
  EXPECT_THAT(refused.err, HasSubstr("variable 'echo a' contains whitespaces"));
}

// Source: docker-library/redis issue 446.
TEST_F(ContainerTest, AnImagesUserCannotReadWhatOnlyRootMay) {
  PullRedis();
  Must("umask 077; echo 'port 0' > /srv/redis.conf");
  const std::string mount = "-v /srv/redis.conf:/redis.conf";
  const CommandResult refused = Run(InRedis(mount, "/redis.conf"));
  EXPECT_NE(refused.status, 0);
  EXPECT_THAT(refused.out + refused.err, HasSubstr("can't open config file '/redis.conf'"));
  EXPECT_NE(Run(InRedis(mount + " --user 6379:6379", "cat /redis.conf")).status, 0);
  Must("chown 6379:6379 /srv/redis.conf");
  EXPECT_THAT(Must(InRedis(mount + " --user 6379:6379", "cat /redis.conf")), HasSubstr("port 0\n"));
}

TEST_F(ContainerTest, GitHasToBeInstalledAndItsClonesAreModelled) {
  const std::string clone = "git clone -q --depth 1 https://example.com/a /srv/a";
  EXPECT_EQ(Run(clone).status, 127);
  EXPECT_THAT(Must("dnf install -y git && " + clone), HasSubstr("load-workload took"));
  EXPECT_THAT(Must("cat /srv/a/README"), HasSubstr("A stand-in for https://example.com/a"));
  EXPECT_EQ(Run(clone).status, 128) << "the directory is not empty";
}

// Source: al2023/ug/deterministic-upgrades-usage.
TEST_F(ContainerTest, AnUpdateFindsNothingAtTheReleaseOfTheImage) {
  EXPECT_THAT(Must("dnf update -y"), HasSubstr("Nothing to do."));
  EXPECT_THAT(Must("dnf update -y --releasever=latest"), HasSubstr("os-update took"));
}

}  // namespace
}  // namespace localcloud
