// Secrets leave the program only in signatures, and in the environment of child processes that need
// them.
#include <dirent.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "aws/client.h"
#include "tests/suites/launch_program.h"
#include "tests/support/scripted_http_server.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::ChildProcess;
using test_support::LocalCloud;
using testing::HasSubstr;
using testing::Not;

std::string Slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();  // a file of /proc whose process ends meanwhile is cut short, not thrown
                         // about
  return text.str();
}

// Collects the command lines of all descendants of `root`, until it is destroyed.
class CommandLines {
 public:
  explicit CommandLines(pid_t root) : root_(root) {}

  // Stops, and returns everything that was seen.
  std::set<std::string> Take() {
    thread_.request_stop();
    thread_.join();
    return seen_;
  }

 private:
  static pid_t ParentOf(const std::string& pid) {
    const std::string stat = Slurp("/proc/" + pid + "/stat");
    const auto end = stat.rfind(')');
    return end == std::string::npos ? 0 : std::atoi(stat.c_str() + end + 4);
  }

  void Look() {
    std::map<pid_t, pid_t> parents;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") == std::string::npos)
        parents[std::atoi(name.c_str())] = ParentOf(name);
    }
    for (const auto& [pid, parent] : parents) {
      pid_t ancestor = pid;
      while (ancestor != root_ && parents.contains(ancestor)) ancestor = parents[ancestor];
      if (ancestor == root_) seen_.insert(Slurp("/proc/" + std::to_string(pid) + "/cmdline"));
    }
  }

  const pid_t root_;
  std::set<std::string> seen_;
  std::jthread thread_{[this](std::stop_token stop) {
    while (!stop.stop_requested()) {
      Look();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }};
};

class SecretsTest : public LaunchProgramTest {
 protected:
  SecretsTest() : cloud_(Program("localcloud"), {"--time_scale=0.05", "--rtt=0ms"}) {
    std::filesystem::create_directories(directory_ / "home/.aws");
  }

  // Returns every file that a run has written, including the journal and the directory of the image
  // key.
  void ExpectNowhereInFiles(const std::string& secret) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
      const bool given = entry.path().string().find("/home/") != std::string::npos;
      if (!entry.is_regular_file() || given) continue;
      EXPECT_EQ(Slurp(entry.path()).find(secret), std::string::npos) << entry.path();
    }
  }
  // The image key is also secret. It must be in its own file only.
  std::string ImageKeySecret() const {
    const std::string pem =
        Slurp(std::filesystem::path(state_home()) / "launch_bench/image_key.pem");
    const auto start = pem.find('\n') + 1;
    return pem.substr(start, pem.find('\n', start) - start);
  }

  LocalCloud cloud_;
};

// Credentials from a credential process, with a session token that the cloud refuses. The error
// text comes from the service, which gets the token.
TEST_F(SecretsTest, NotOfCredentialsThatAreRefused) {
  WriteFile(
      "home/.aws/config",
      "[default]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAGIVEN\", "
      "\"SecretAccessKey\": \"GEHEIMSECRET\", \"SessionToken\": \"GEHEIMTOKEN\"}'\n");
  auto environment = cloud_.Environment();
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}) environment[name] = "";
  environment["AWS_CONFIG_FILE"] = directory_ / "home/.aws/config";
  auto run =
      Start({"--benchmark_filter=^Cold/", "--endpoint_url=" + cloud_.endpoint_url()}, environment);
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("credential_process of profile default"));
  for (const char* secret : {"GEHEIMSECRET", "GEHEIMTOKEN"}) {
    EXPECT_EQ((run->output() + run->errors()).find(secret), std::string::npos);
    ExpectNowhereInFiles(secret);
  }
}

TEST_F(SecretsTest, NotOfARunThatIsKilledResumedAndCleanedUpAfter) {
  const std::string secret = cloud_.secret_access_key();
  const std::vector<std::string> flags{
      "--benchmark_filter=^(Cold|MinimalAmi|WarmPool/.*|Instrument/.*)/iter",
      "--benchmark_repetitions=2"};
  auto killed = StartAt(cloud_, flags);
  test_support::WaitUntil("the first sample", [&] { return !Lines().empty(); });
  // Looks in the middle of the run, when the journal exists.
  const auto journals = std::filesystem::path(state_home()) / "launch_bench/journals";
  EXPECT_FALSE(std::filesystem::is_empty(journals));
  ExpectNowhereInFiles(secret);
  killed->Signal(SIGKILL);
  killed->Wait();
  ExpectNowhereInFiles(secret);

  auto with_resume = flags;
  with_resume.push_back("--resume=" + json_path());
  auto resumed = StartAt(cloud_, with_resume);
  CommandLines command_lines(resumed->pid());
  resumed->Wait();
  const auto seen = command_lines.Take();
  auto cleanup =
      Start({"--cleanup", "--endpoint_url=" + cloud_.endpoint_url()}, cloud_.Environment());
  cleanup->Wait();

  std::string printed;
  for (auto* process : {killed.get(), resumed.get(), cleanup.get()})
    printed += process->output() + process->errors();
  EXPECT_GT(printed.size(), 500u);
  EXPECT_GT(std::filesystem::file_size(json_path()), 1000u);
  EXPECT_EQ(printed.find(secret), std::string::npos);
  ExpectNowhereInFiles(secret);
  EXPECT_GE(seen.size(), 1u);
  for (const std::string& line : seen) EXPECT_EQ(line.find(secret), std::string::npos) << line;

  const std::string key = ImageKeySecret();
  ASSERT_GT(key.size(), 40u);
  EXPECT_EQ(printed.find(key), std::string::npos);
  for (const char* file : {"run.json", "run.jsonl", "run.settings"})
    EXPECT_EQ(Slurp(directory_ / file).find(key), std::string::npos) << file;
}

// The local cloud that launch_bench starts gets no secret on its command line, and reports its own
// credentials.
TEST_F(SecretsTest, NotInTheProcessListOfALocalRun) {
  auto run = Start({"--benchmark_filter=^(Cold|Instrument/.*)/iter", "--benchmark_repetitions=2",
                    "--local_time_scale=0.02"});
  CommandLines command_lines(run->pid());
  run->Wait();
  const auto seen = command_lines.Take();
  bool cloud_seen = false;
  for (const std::string& line : seen) {
    cloud_seen = cloud_seen || line.find("localcloud") != std::string::npos;
    EXPECT_EQ(line.find("secret"), std::string::npos) << line;
    EXPECT_EQ(line.find("AWS_SECRET"), std::string::npos) << line;
  }
  EXPECT_TRUE(cloud_seen);
}

// A run that lasts longer than its credentials. They are a container's credentials, which the cloud
// refuses after four seconds.
TEST_F(SecretsTest, CredentialsThatExpireDuringARunAreLoadedAnew) {
  aws::ClientConfig config;
  config.service = "sts";
  config.region = cloud_.region();
  config.endpoint_url = cloud_.endpoint_url();
  config.credentials = {cloud_.access_key_id(), cloud_.secret_access_key(), "", "the test"};
  aws::Client sts(config);
  std::mutex mutex;
  std::vector<std::string> secrets;
  test_support::ScriptedHttpServer container([&](const test_support::ScriptedRequest&) {
    const std::string xml =
        sts.CallQuery("GetSessionToken", "2011-06-15", {{"DurationSeconds", "4"}}, {});
    const auto text = [&](const std::string& name) {
      const auto start = xml.find("<" + name + ">") + name.size() + 2;
      return xml.substr(start, xml.find('<', start) - start);
    };
    const std::lock_guard lock(mutex);
    secrets.push_back(text("SecretAccessKey"));
    secrets.push_back(text("SessionToken"));
    test_support::ScriptedAnswer answer;
    answer.body = json{{"AccessKeyId", text("AccessKeyId")},
                       {"SecretAccessKey", text("SecretAccessKey")},
                       {"Token", text("SessionToken")},
                       {"Expiration", text("Expiration")}}
                      .dump();
    return answer;
  });
  auto environment = cloud_.Environment();
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}) environment[name] = "";
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = container.url() + "/keys";
  auto run = Start({"--benchmark_filter=^Cold/", "--benchmark_repetitions=14", "--concurrency=1",
                    "--endpoint_url=" + cloud_.endpoint_url(),
                    "--ssh_port=" + std::to_string(cloud_.ssh_port())},
                   environment);
  EXPECT_EQ(run->Wait(), 0) << run->errors();
  const auto lines = Lines();
  const double seconds = (lines.back().at("start_monotonic_ns").get<double>() -
                          lines.front().at("start_monotonic_ns").get<double>()) /
                         1e9;
  ASSERT_GT(seconds, 5) << "too short to tell";
  const std::lock_guard lock(mutex);
  EXPECT_GE(secrets.size(), 2u * 3);
  for (const std::string& secret : secrets) {
    ASSERT_GE(secret.size(), 40u);
    EXPECT_EQ((run->output() + run->errors()).find(secret), std::string::npos);
    ExpectNowhereInFiles(secret);
  }
}

// Keys in the environment cannot be renewed. Launches that they prevent are not results.
TEST_F(SecretsTest, KeysThatExpireStopTheRunAndNewOnesResumeIt) {
  aws::ClientConfig config;
  config.service = "sts";
  config.region = cloud_.region();
  config.endpoint_url = cloud_.endpoint_url();
  config.credentials = {cloud_.access_key_id(), cloud_.secret_access_key(), "", "the test"};
  const std::string xml = aws::Client(config).CallQuery("GetSessionToken", "2011-06-15",
                                                        {{"DurationSeconds", "4"}}, {});
  const auto text = [&](const std::string& name) {
    const auto start = xml.find("<" + name + ">") + name.size() + 2;
    return xml.substr(start, xml.find('<', start) - start);
  };
  auto environment = cloud_.Environment();
  environment["AWS_ACCESS_KEY_ID"] = text("AccessKeyId");
  environment["AWS_SECRET_ACCESS_KEY"] = text("SecretAccessKey");
  environment["AWS_SESSION_TOKEN"] = text("SessionToken");
  std::vector<std::string> flags{"--benchmark_filter=^Cold/", "--benchmark_repetitions=24",
                                 "--concurrency=1", "--endpoint_url=" + cloud_.endpoint_url(),
                                 "--ssh_port=" + std::to_string(cloud_.ssh_port())};
  auto run = Start(flags, environment);
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  EXPECT_THAT(run->errors(), HasSubstr("the credentials have expired: they are from "));
  EXPECT_THAT(run->errors(), HasSubstr("--resume="));
  EXPECT_THAT(run->errors(), HasSubstr("not removed: key pair lb-"));
  EXPECT_THAT(run->errors() + run->output(), Not(HasSubstr(text("SessionToken"))));
  const auto lines = Lines();
  ASSERT_LT(lines.size(), 24u) << "too short to tell";
  for (const json& line : lines)
    EXPECT_TRUE(line.at("ok") || line.value("interrupted", false)) << line;

  flags.push_back("--resume=" + json_path());
  auto resumed = Start(flags, cloud_.Environment());
  EXPECT_EQ(resumed->Wait(), 0) << resumed->errors();
  EXPECT_EQ(Repetitions("Cold").size(), 24u);
  auto cleanup =
      Start({"--cleanup", "--endpoint_url=" + cloud_.endpoint_url()}, cloud_.Environment());
  EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
  EXPECT_THAT(cloud_.Held(), testing::IsEmpty());
}

}  // namespace
}  // namespace suites
