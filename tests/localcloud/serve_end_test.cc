// The `localcloud` program: it ends properly, whatever its instances are doing, and it says what is
// wrong with its arguments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <string>
#include <utility>
#include <vector>

#include "localcloud/loop/temporary_directory.h"
#include "tests/localcloud/http_client.h"
#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"
#include "tests/support/local_cloud.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using test_support::ChildProcess;
using test_support::LocalCloud;
using ::testing::HasSubstr;

const std::string kProgram = test_support::ProgramPath("localcloud");
constexpr int kInstances = 20;  // in each state

class ServeEndTest : public ::testing::Test {
 protected:
  ServeEndTest() { setenv("TMPDIR", directory_.path().c_str(), 1); }
  ~ServeEndTest() override { unsetenv("TMPDIR"); }

  // States that last for five minutes.
  void Serve(const std::string& pending_ms) {
    const std::string profile = directory_.path() + "/profile.json";
    const auto constant = [](const std::string& ms) {
      return R"({"constant_ms": )" + ms + R"(, "mark": "assumed", "source": "a test"})";
    };
    std::ofstream(profile) << R"({"name": "slow", "base": "ec2", "description": "a test",
      "lifecycle": {"pending_to_running": )"
                           << constant(pending_ms) << R"(, "stopping": )" << constant("3000000")
                           << R"(, "shutting_down": )" << constant("3000000") << "}}";
    cloud_ = std::make_unique<LocalCloud>(
        kProgram, std::vector<std::string>{"--time_scale=0.1", "--rtt=0", "--profile=" + profile});
  }
  std::vector<std::string> Ask(const std::string& form, const std::string& element) {
    const HttpAnswer answer =
        client_.Send(cloud_->endpoint_url() + "/", form + "&Version=2016-11-15",
                     cloud_->access_key_id() + ":" + cloud_->secret_access_key(), "us-west-2:ec2");
    EXPECT_EQ(answer.status, 200) << answer.body;
    pugi::xml_document document;
    document.load_string(answer.body.c_str());
    std::vector<std::string> texts;
    for (const auto& found : document.select_nodes(("//" + element).c_str())) {
      texts.emplace_back(found.node().text().get());
    }
    return texts;
  }
  // Returns their ids as InstanceId.N.
  std::string Launch() {
    const std::string image = Ask("Action=DescribeImages&Owner.1=amazon&Filter.1.Name=architecture"
                                  "&Filter.1.Value.1=x86_64",
                                  "imageId")
                                  .at(0);
    const std::string count = std::to_string(kInstances);
    std::string form;
    int number = 0;
    for (const std::string& id : Ask("Action=RunInstances&InstanceType=m7i.large&ImageId=" + image +
                                         "&MinCount=" + count + "&MaxCount=" + count,
                                     "instanceId")) {
      form += "&InstanceId." + std::to_string(++number) + "=" + id;
    }
    return form;
  }
  std::size_t CountOf(const std::string& state) {
    return Ask("Action=DescribeInstances&Filter.1.Name=instance-state-name&Filter.1.Value.1=" +
                   state,
               "instanceId")
        .size();
  }
  void WaitFor(const std::string& state, std::size_t count) {
    test_support::WaitUntil(state, [&] { return CountOf(state) >= count; });
  }
  // It does not wait for the end of the states: Wait() gives up before.
  void ExpectACleanEnd(int signal = SIGTERM) {
    cloud_->process().Signal(signal);
    EXPECT_EQ(cloud_->process().Wait(), 0);
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      EXPECT_FALSE(entry.path().filename().string().starts_with("localcloud.")) << entry.path();
    }
  }

  TemporaryDirectory directory_;
  HttpClient client_;
  std::unique_ptr<LocalCloud> cloud_;
};

TEST_F(ServeEndTest, InstancesThatArePending) {
  Serve("3000000");
  Launch();
  WaitFor("pending", kInstances);
  ExpectACleanEnd();
}

// The terminal in which it was started is closed.
TEST_F(ServeEndTest, AHangupEndsItAsWell) {
  Serve("3000000");
  Launch();
  WaitFor("pending", kInstances);
  ExpectACleanEnd(SIGHUP);
}

TEST_F(ServeEndTest, InstancesThatRunStopAndShutDown) {
  Serve("0");
  Launch();
  const std::string stopping = Launch();
  const std::string shutting_down = Launch();
  WaitFor("running", 3 * kInstances);
  Ask("Action=StopInstances" + stopping, "return");
  Ask("Action=TerminateInstances" + shutting_down, "return");
  WaitFor("running", kInstances);
  WaitFor("stopping", kInstances);
  WaitFor("shutting-down", kInstances);
  ExpectACleanEnd();
}

TEST(Serve, EndsOnSigtermWithoutATrace) {
  const std::string parent = ::testing::TempDir() + "serve-" + std::to_string(getpid());
  std::filesystem::create_directories(parent);
  ChildProcess process({kProgram, "serve"}, {{"TMPDIR", parent}});
  ASSERT_TRUE(process.WaitForOutput("\n"));
  const auto line = nlohmann::json::parse(process.output());
  EXPECT_EQ(line["region"], "us-west-2");
  EXPECT_THAT(line["endpoint_url"], ::testing::StartsWith("http://127.0.0.1:"));
  EXPECT_GT(line["ssh_port"], 1023);
  EXPECT_FALSE(std::filesystem::is_empty(parent));
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_TRUE(std::filesystem::is_empty(parent));
  std::filesystem::remove_all(parent);
}

TEST(Serve, MistakesAreOneLineAndExitCode2) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "subcommand is required"},
      {{"serve", "--nonsense"}, "--nonsense"},
      {{"serve", "--profile=/nonexistent"}, "profile /nonexistent"},
      {{"serve", "--time_scale=-1"}, "time_scale"},
      {{"serve", "--rtt=fast"}, "--rtt: 'fast' is not a duration"},
      {{"serve", "--faults=/nonexistent"}, "faults /nonexistent"},
      {{"serve", "--port=99999"}, "--port"},
  };
  for (const auto& [arguments, expected] : cases) {
    std::vector<std::string> command = {kProgram};
    command.insert(command.end(), arguments.begin(), arguments.end());
    ChildProcess process(command);
    EXPECT_EQ(process.Wait(), 2) << expected;
    const std::string errors = process.errors();
    EXPECT_THAT(errors, HasSubstr(expected));
    EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << errors;
    EXPECT_EQ(process.output(), "");
  }
}

TEST(Serve, HelpIsNoMistake) {
  ChildProcess process({kProgram, "serve", "--help"});
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_THAT(process.output(), HasSubstr("--time_scale"));
}

TEST(LocalCloudHelpTest, ThatCannotBeWrittenIsAFailure) {
  ChildProcess shell({"bash", "-c", kProgram + " --help >/dev/full"});
  EXPECT_EQ(shell.Wait(), 2);
  EXPECT_EQ(shell.errors().substr(0, 12), "localcloud: ") << shell.errors();
}

}  // namespace
}  // namespace localcloud
