#include "aws/api_log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "aws/ec2.h"
#include "aws/ssm.h"
#include "tests/aws/client_maker.h"
#include "tests/support/file_text.h"

namespace aws {
namespace {

using nlohmann::json;
using test_support::ScriptedHttpServer;
using testing::HasSubstr;
using testing::Not;

class ApiLogTest : public testing::Test {
 protected:
  ApiLogTest() {
    char name[] = "/tmp/api_log_test-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~ApiLogTest() override { std::filesystem::remove_all(directory_); }

  std::string path() const { return directory_ / "calls.jsonl"; }
  std::string Text() const { return test_support::FileText(path()); }
  std::vector<json> Lines() const {
    std::vector<json> lines;
    std::ifstream file(path());
    for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
    return lines;
  }

  std::filesystem::path directory_;
};

TEST_F(ApiLogTest, APipeThatNobodyMayReadIsRefused) {
  const std::string path = directory_ / "calls";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const auto refused =
      testing::ThrowsMessage<std::runtime_error>(path + ": it is not a regular file");
  EXPECT_THAT([&] { ApiLog log(path); }, refused);
  // A pipe with a reader can be opened, and is refused even so.
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_THAT([&] { ApiLog log(path); }, refused);
  close(reader);
}

TEST_F(ApiLogTest, HasALineForEachRequestAndNothingThatTheyName) {
  ScriptedHttpServer server({Ec2Failure(503, "RequestLimitExceeded", "Request limit exceeded."),
                             Ec2Answer("TerminateInstances", "<instancesSet/>"),
                             Ec2Failure(400, "InvalidInstanceID.NotFound", "i-0abc")});
  ClientConfig config = ConfigFor(server.url());
  config.log = std::make_shared<ApiLog>(path());
  Ec2 ec2(std::make_shared<Client>(config));
  ec2.TerminateInstances({"i-0abc"}, {});
  ErrorOf([&] { ec2.TerminateInstances({"i-0abc"}, {}); });

  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 3u);
  const std::vector<json> expected{
      {1, 503, "RequestLimitExceeded"}, {2, 200, ""}, {1, 400, "InvalidInstanceID.NotFound"}};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const json& line = lines[i];
    EXPECT_EQ(json({line["attempt"], line["http_status"], line["code"]}), expected[i]);
    EXPECT_EQ(line["action"], "TerminateInstances");
    EXPECT_EQ(line["service"], "ec2");
    EXPECT_EQ(line["region"], "us-west-2");
    EXPECT_GT(line["ms"].get<double>(), 0);
    EXPECT_GE(line["at_ms"].get<double>(), 0);
    EXPECT_EQ(line.size(), 8u);
  }
  for (const char* secret : {"i-0abc", "AKIDEXAMPLE", "wJalrXUtnFEMI"})
    EXPECT_THAT(Text(), Not(HasSubstr(secret)));
  EXPECT_TRUE(config.log->complete());
  EXPECT_EQ(std::filesystem::status(path()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(ApiLogTest, SaysWhenNoAnswerCame) {
  ClientConfig config = ConfigFor("http://127.0.0.1:1");
  config.log = std::make_shared<ApiLog>(path());
  config.retry.max_connect_attempts = 2;
  Ec2 ec2(std::make_shared<Client>(config));
  ErrorOf([&] { ec2.TerminateInstances({"i-0abc"}, {}); });
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1]["code"], "NoAnswer");
  EXPECT_EQ(lines[1]["http_status"], 0);
  EXPECT_EQ(lines[1]["attempt"], 2);
}

TEST_F(ApiLogTest, KnowsThatALineIsLost) {
  ApiLog log("/dev/full");
  EXPECT_TRUE(log.complete());
  log.Add({.service = "ec2", .region = "us-west-2", .action = "RunInstances"});
  EXPECT_FALSE(log.complete());
  EXPECT_THROW(ApiLog(directory_ / "none" / "calls"), std::system_error);
}

TEST(DryRun, IsAskedForByAnyCallOfEc2AndOfNoOtherService) {
  CallOptions dry;
  dry.dry_run = true;
  {
    ScriptedHttpServer server({Ec2Failure(412, "DryRunOperation", "Request would have succeeded")});
    Ec2 ec2(ClientFor(server));
    EXPECT_EQ(ErrorOf([&] { ec2.DeleteVpc("vpc-1", dry); }).code(), "DryRunOperation");
    ASSERT_EQ(server.requests().size(), 1u);
    EXPECT_EQ(server.requests()[0].Parameter("DryRun"), "true");
    EXPECT_EQ(server.requests()[0].Parameter("VpcId"), "vpc-1");
  }
  ScriptedHttpServer server({Ec2Answer("GetParameter", "")});
  const auto client = ClientFor(server, "ssm");
  EXPECT_THROW(Ssm(client).GetParameter("/x", dry), std::logic_error);
  EXPECT_THROW(client->CallRest("CreateBucket", "PUT", "/b", "", "", dry), std::logic_error);
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace aws
