#include "aws/sqs.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "aws/ec2.h"
#include "aws/ssm.h"
#include "tests/aws/client_maker.h"
#include "tests/support/build_paths.h"
#include "tests/support/local_cloud.h"

namespace aws {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

ScriptedAnswer Answer(const std::string& body, int status = 200) {
  ScriptedAnswer answer;
  answer.status = status;
  answer.headers = {"Content-Type: application/x-amz-json-1.0"};
  answer.body = body;
  return answer;
}

TEST(Sqs, AQueueIsMadeWithItsTimesAndTagsAndDeleted) {
  ScriptedHttpServer server(
      {Answer(R"({"QueueUrl":"https://sqs.us-west-2.amazonaws.com/1/lb-1-tasks"})"), Answer("")});
  Sqs sqs(ClientFor(server, "sqs"));
  const std::string url = sqs.CreateQueue({.name = "lb-1-tasks",
                                           .visibility_timeout = seconds(10),
                                           .retention = seconds(600),
                                           .tags = {{"launch-bench:run", "lb-1"}}},
                                          {});
  EXPECT_EQ(QueueNameOf(url), "lb-1-tasks");
  sqs.DeleteQueue(url, {});
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].headers.at("x-amz-target"), "AmazonSQS.CreateQueue");
  EXPECT_EQ(sent[0].headers.at("content-type"), "application/x-amz-json-1.0");
  EXPECT_EQ(json::parse(sent[0].body),
            (json{{"QueueName", "lb-1-tasks"},
                  {"Attributes", {{"VisibilityTimeout", "10"}, {"MessageRetentionPeriod", "600"}}},
                  {"tags", {{"launch-bench:run", "lb-1"}}}}));
  EXPECT_EQ(json::parse(sent[1].body), (json{{"QueueUrl", url}}));
}

TEST(Sqs, ListsEveryPage) {
  ScriptedHttpServer server(
      {Answer(R"({"QueueUrls":["u/a"],"NextToken":"t"})"), Answer(R"({"QueueUrls":["u/b"]})")});
  EXPECT_THAT(Sqs(ClientFor(server, "sqs")).ListQueues("lb-", {}), ElementsAre("u/a", "u/b"));
  EXPECT_EQ(json::parse(server.requests()[1].body).at("NextToken"), "t");
}

TEST(Sqs, SendsTenAtATimeAndFailsWhereOneIsRefused) {
  ScriptedHttpServer server(
      {Answer(R"({"Successful":[]})"), Answer(R"({"Successful":[]})"),
       Answer(R"({"Failed":[{"Id":"0","Code":"InternalError","Message":"no"}]})")});
  Sqs sqs(ClientFor(server, "sqs"));
  sqs.SendMessages("u/q", std::vector<std::string>(11, "task"), {});
  const auto sent = server.requests();
  EXPECT_THAT(json::parse(sent[0].body).at("Entries"), SizeIs(10));
  EXPECT_THAT(json::parse(sent[1].body).at("Entries"), SizeIs(1));
  const Error error = ErrorOf([&] { sqs.SendMessages("u/q", {"task"}, {}); });
  EXPECT_EQ(error.code(), "InternalError");
}

TEST(Sqs, AMessageSaysHowLongItWaited) {
  ScriptedHttpServer server({Answer(R"({"Messages":[{"Body":"t1","ReceiptHandle":"h","Attributes":
      {"SentTimestamp":"1700000000100","ApproximateFirstReceiveTimestamp":"1700000000350",
       "ApproximateReceiveCount":"2"}}]})"),
                             Answer("{}"), Answer(R"({"Successful":[]})")});
  Sqs sqs(ClientFor(server, "sqs"));
  const auto messages = sqs.ReceiveMessages("u/q", seconds(5), {});
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].body, "t1");
  EXPECT_EQ(messages[0].waited, milliseconds(250));
  EXPECT_EQ(messages[0].receive_count, 2);
  EXPECT_EQ(json::parse(server.requests()[0].body).at("WaitTimeSeconds"), 5);
  EXPECT_THAT(sqs.ReceiveMessages("u/q", seconds(60), {}), SizeIs(0));
  EXPECT_EQ(json::parse(server.requests()[1].body).at("WaitTimeSeconds"), 20);
  sqs.DeleteMessages("u/q", messages, {});
  EXPECT_EQ(json::parse(server.requests()[2].body).at("Entries").at(0).at("ReceiptHandle"), "h");
}

TEST(Sqs, ErrorsCarrySqssCode) {
  ScriptedHttpServer server(
      {Answer(R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"})", 400),
       Answer("[]")});
  Sqs sqs(ClientFor(server, "sqs"));
  EXPECT_EQ(ErrorOf([&] { sqs.DeleteQueue("u/q", {}); }).code(), "QueueDoesNotExist");
  EXPECT_EQ(ErrorOf([&] { sqs.CreateQueue({.name = "q"}, {}); }).kind(), Error::Kind::kProtocol);
}

// Against the local cloud, which was written independently of this client.
class SqsOnLocalCloud : public testing::Test {
 protected:
  void SetUp() override {
    const std::string program = test_support::ProgramPath("localcloud");
    if (!std::filesystem::exists(program)) GTEST_SKIP() << "built without the local cloud";
    cloud_ = std::make_unique<test_support::LocalCloud>(
        program, std::vector<std::string>{"--time_scale=0.002", "--rtt=0"});
  }
  std::shared_ptr<Client> To(const std::string& service) const {
    ClientConfig config;
    config.service = service;
    config.region = cloud_->region();
    config.endpoint_url = cloud_->endpoint_url();
    config.credentials = {cloud_->access_key_id(), cloud_->secret_access_key(), "", "test"};
    return std::make_shared<Client>(std::move(config));
  }

  std::unique_ptr<test_support::LocalCloud> cloud_;
};

TEST_F(SqsOnLocalCloud, MessagesComeOnceAndAgainWhereTheyAreNotDeleted) {
  Sqs sqs(To("sqs"));
  const std::string url = sqs.CreateQueue({.name = "lb-1-tasks",
                                           .visibility_timeout = seconds(1),
                                           .tags = {{"launch-bench:run", "lb-1"}}},
                                          {});
  EXPECT_THAT(sqs.ListQueues("lb-1", {}), ElementsAre(url));
  EXPECT_THAT(cloud_->Held(), ElementsAre("lb-1-tasks"));
  std::set<std::string> sent;
  for (int i = 0; i < 25; ++i) sent.insert("t" + std::to_string(i));
  sqs.SendMessages(url, {sent.begin(), sent.end()}, {});
  std::set<std::string> bodies;
  for (int i = 0; i < 3; ++i) {
    for (const QueueMessage& message : sqs.ReceiveMessages(url, seconds(0), {})) {
      bodies.insert(message.body);
      if (message.body != "t7") sqs.DeleteMessages(url, {message}, {});
    }
  }
  EXPECT_EQ(bodies.size(), 25u);
  // The message that was not deleted comes again, with a higher receive count.
  const auto again = sqs.ReceiveMessages(url, seconds(10), {});
  ASSERT_FALSE(again.empty());
  EXPECT_EQ(again[0].body, "t7");
  EXPECT_EQ(again[0].receive_count, 2);
  sqs.DeleteQueue(url, {});
  EXPECT_EQ(ErrorOf([&] { sqs.SendMessages(url, {"x"}, {}); }).code(), "QueueDoesNotExist");
  EXPECT_THAT(cloud_->Held(), testing::IsEmpty());
}

// As a fleet's runner does it: with credentials of its role from the metadata service, and the same
// endpoint URL as here.
constexpr char kSendAsRole[] = R"sh(#!/bin/sh
metadata=http://169.254.169.254/latest
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $metadata/api/token)
get() { curl -sf -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/iam/security-credentials/$1"; }
credentials=$(get "$(get '')")
field() { echo "$credentials" | sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }
curl -sf --aws-sigv4 aws:amz:us-west-2:sqs --user "$(field AccessKeyId):$(field SecretAccessKey)" \
  -H "X-Amz-Security-Token: $(field Token)" -H 'Content-Type: application/x-amz-json-1.0' \
  -H 'X-Amz-Target: AmazonSQS.SendMessage' \
  -d '{"QueueUrl":"QUEUE","MessageBody":"from the guest"}' ENDPOINT/
)sh";

TEST_F(SqsOnLocalCloud, AGuestSendsAMessageAsItsRole) {
  Sqs sqs(To("sqs"));
  Ec2 ec2(To("ec2"));
  const std::string url = sqs.CreateQueue({.name = "lb-1-results"}, {});
  // Repeated until the queue exists, a second later.
  sqs.ReceiveMessages(url, std::chrono::seconds(0), {});
  RunInstancesRequest request;
  request.client_token = "lb-1-guest";
  request.image_id = Ssm(To("ssm")).GetParameter(
      "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", {});
  request.instance_type = "m7i.large";
  request.iam_instance_profile = "localcloud-instance";
  request.user_data = kSendAsRole;
  request.user_data.replace(request.user_data.find("QUEUE"), 5, url);
  request.user_data.replace(request.user_data.find("ENDPOINT"), 8, cloud_->endpoint_url());
  ec2.RunInstances(request, {});
  std::vector<QueueMessage> messages;
  for (int i = 0; i < 6 && messages.empty(); ++i)
    messages = sqs.ReceiveMessages(url, Sqs::kLongestWait, {});
  ASSERT_THAT(messages, SizeIs(1)) << cloud_->process().errors();
  EXPECT_EQ(messages[0].body, "from the guest");
}

}  // namespace
}  // namespace aws
