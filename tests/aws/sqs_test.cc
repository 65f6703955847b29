#include "aws/sqs.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/aws/client_maker.h"

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

}  // namespace
}  // namespace aws
