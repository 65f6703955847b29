// Flags that name FIFOs, directories and devices instead of regular files.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using testing::HasSubstr;

class GivenFilesAttack : public LaunchProgramTest {
 protected:
  std::string Fifo(const std::string& name) const {
    const std::string path = directory_ / name;
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    return path;
  }
  // Expects that the program ends at once, with one line that names the file.
  void ExpectRefused(const std::vector<std::string>& flags, const std::string& path,
                     std::map<std::string, std::string> environment = {}) const {
    environment["XDG_STATE_HOME"] = state_home();
    auto program = std::make_unique<test_support::ChildProcess>(
        [&] {
          std::vector<std::string> command{Program("launch_bench")};
          command.insert(command.end(), flags.begin(), flags.end());
          return command;
        }(),
        environment);
    EXPECT_EQ(program->Wait(std::chrono::seconds(60)), 2) << program->errors();
    EXPECT_THAT(program->errors(), HasSubstr(path));
    EXPECT_THAT(program->errors(), HasSubstr("not a regular file"));
    EXPECT_EQ(std::ranges::count(program->errors(), '\n'), 1) << program->errors();
  }
};

TEST_F(GivenFilesAttack, AFifoIsRefusedAtOnce) {
  const std::string fifo = Fifo("fifo");
  ExpectRefused({"--config=" + fifo, "--benchmark_list_tests"}, fifo);
  ExpectRefused({"--fleet_config=" + fifo, "--benchmark_list_tests"}, fifo);
  ExpectRefused({"--fleet_config=" + directory_.string(), "--benchmark_list_tests"}, directory_);
  ExpectRefused({"--config=/dev/zero", "--benchmark_list_tests"}, "/dev/zero");
}

TEST_F(GivenFilesAttack, SoAreTheSamplesOfARunToResume) {
  const std::string samples = Fifo("run.jsonl");
  ExpectRefused({"--resume=" + samples, "--benchmark_filter=^Cold/"}, samples);
}

// The file is read before credentials are found, so nothing reaches AWS.
TEST_F(GivenFilesAttack, SoAreTheFilesOfAws) {
  const std::string fifo = Fifo("fifo");
  const auto expect_refused = [&](std::map<std::string, std::string> environment,
                                  const std::string& path) {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"})
      environment[name] = "";
    environment["HOME"] = directory_;
    environment["AWS_EC2_METADATA_DISABLED"] = "true";
    ExpectRefused(
        {"--cloud=aws", "--yes", "--benchmark_filter=^Cold/", "--benchmark_out=" + json_path()},
        path, environment);
  };
  expect_refused({{"AWS_CONFIG_FILE", fifo}}, fifo);
  expect_refused({{"AWS_SHARED_CREDENTIALS_FILE", fifo}}, fifo);
  expect_refused({{"AWS_SHARED_CREDENTIALS_FILE", directory_}}, directory_);
  expect_refused({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/"},
                  {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", fifo}},
                 fifo);
}

TEST_F(GivenFilesAttack, SoIsAProfileOfTheLocalCloud) {
  const std::string fifo = Fifo("fifo");
  ExpectRefused(
      {"--local_profile=" + fifo, "--benchmark_filter=^Cold/", "--benchmark_out=" + json_path()},
      fifo);
}

}  // namespace
}  // namespace suites
