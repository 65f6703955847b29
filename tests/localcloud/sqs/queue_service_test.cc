#include "localcloud/sqs/queue_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "tests/localcloud/test_loop.h"

namespace localcloud {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using TestClock = std::chrono::steady_clock;

class QueueServiceTest : public ::testing::Test {
 protected:
  // Runs the loop until the answer has arrived or the call was refused.
  json Ask(const std::string& action, const json& request) {
    std::optional<json> answer;
    Start(action, request, &answer);
    loop_.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
  void Start(const std::string& action, const json& request, std::optional<json>* answer) {
    service_.Run("us-west-2", action, request.dump(), "127.0.0.1:4510",
                 [answer](const std::string& body) {
                   *answer = body.empty() ? json::object() : json::parse(body);
                 });
  }
  std::string CodeOf(const std::string& action, const json& request) {
    try {
      Ask(action, request);
    } catch (const ApiError& error) {
      return error.code();
    }
    return "none";
  }
  std::string Make(const std::string& name, const json& attributes = json::object()) {
    return Ask("CreateQueue", {{"QueueName", name}, {"Attributes", attributes}}).at("QueueUrl");
  }
  void Send(const std::string& url, const std::string& body) {
    Ask("SendMessage", {{"QueueUrl", url}, {"MessageBody", body}});
  }
  json Receive(const std::string& url, const json& more = json::object()) {
    json request = {{"QueueUrl", url}};
    request.update(more);
    return Ask("ReceiveMessage", request).value("Messages", json::array());
  }

  TestLoop loop_;
  Timers timers_{loop_.base()};
  QueueService service_{&timers_, "000000000000"};
};

TEST_F(QueueServiceTest, AQueueIsMadeOnceAndFoundByItsName) {
  const std::string url = Make("lb-1-tasks", {{"VisibilityTimeout", "5"}});
  EXPECT_EQ(url, "http://127.0.0.1:4510/000000000000/lb-1-tasks");
  EXPECT_EQ(Make("lb-1-tasks", {{"VisibilityTimeout", "5"}}), url);
  EXPECT_EQ(CodeOf("CreateQueue",
                   {{"QueueName", "lb-1-tasks"}, {"Attributes", {{"VisibilityTimeout", "6"}}}}),
            "QueueNameExists");
  EXPECT_EQ(Ask("GetQueueUrl", {{"QueueName", "lb-1-tasks"}}).at("QueueUrl"), url);
  Make("other");
  EXPECT_THAT(Ask("ListQueues", {{"QueueNamePrefix", "lb-"}}).at("QueueUrls"), ElementsAre(url));
  EXPECT_FALSE(Ask("ListQueues", {{"QueueNamePrefix", "x"}}).contains("QueueUrls"));
  const json page = Ask("ListQueues", {{"MaxResults", 1}});
  EXPECT_THAT(page.at("QueueUrls"), ElementsAre(url));
  const json rest = Ask("ListQueues", {{"MaxResults", 1}, {"NextToken", page.at("NextToken")}});
  EXPECT_EQ(rest.at("QueueUrls").size(), 1u);
  EXPECT_FALSE(rest.contains("NextToken"));
  EXPECT_THAT(service_.QueueNames("us-east-1"), IsEmpty());
}

TEST_F(QueueServiceTest, ADeletedNameIsTakenForAMinute) {
  const std::string url = Make("q");
  Ask("DeleteQueue", {{"QueueUrl", url}});
  EXPECT_EQ(CodeOf("CreateQueue", {{"QueueName", "q"}}), "QueueDeletedRecently");
  EXPECT_EQ(CodeOf("SendMessage", {{"QueueUrl", url}, {"MessageBody", "a"}}), "QueueDoesNotExist");
  EXPECT_EQ(QueueErrorQueryCode("QueueDoesNotExist"), "AWS.SimpleQueueService.NonExistentQueue");
}

TEST_F(QueueServiceTest, AMessageIsOneReceiversUntilItIsDeletedOrItsTimeIsUp) {
  const std::string url = Make("q", {{"VisibilityTimeout", "1"}});
  Send(url, "a");
  const auto sent = TestClock::now();
  const json first = Receive(url, {{"MessageSystemAttributeNames", {"All"}}}).at(0);
  EXPECT_EQ(first.at("Body"), "a");
  EXPECT_EQ(first.at("MD5OfBody"), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(first.at("Attributes").at("ApproximateReceiveCount"), "1");
  EXPECT_THAT(Receive(url), IsEmpty());
  // A long poll gets the message as soon as it is visible again.
  const json again = Receive(url, {{"WaitTimeSeconds", 20}, {"AttributeNames", {"All"}}}).at(0);
  EXPECT_GE(TestClock::now() - sent, milliseconds(1000));
  EXPECT_EQ(again.at("MessageId"), first.at("MessageId"));
  EXPECT_EQ(again.at("Attributes").at("ApproximateReceiveCount"), "2");
  EXPECT_EQ(again.at("Attributes").at("ApproximateFirstReceiveTimestamp"),
            first.at("Attributes").at("ApproximateFirstReceiveTimestamp"));
  // The first receiver's receipt no longer deletes anything.
  Ask("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", first.at("ReceiptHandle")}});
  const json state = Ask("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", {"All"}}});
  EXPECT_EQ(state.at("Attributes").at("ApproximateNumberOfMessagesNotVisible"), "1");
  Ask("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", again.at("ReceiptHandle")}});
  EXPECT_EQ(CodeOf("ChangeMessageVisibility", {{"QueueUrl", url},
                                               {"ReceiptHandle", again.at("ReceiptHandle")},
                                               {"VisibilityTimeout", 1}}),
            "ReceiptHandleIsInvalid");
}

TEST_F(QueueServiceTest, AReceiverMayKeepItLongerOrGiveItBack) {
  const std::string url = Make("q", {{"VisibilityTimeout", "1"}});
  Send(url, "a");
  const json message = Receive(url).at(0);
  const json change = {{"QueueUrl", url}, {"ReceiptHandle", message.at("ReceiptHandle")}};
  json keep = change;
  keep["VisibilityTimeout"] = 600;
  Ask("ChangeMessageVisibility", keep);
  EXPECT_THAT(Receive(url, {{"WaitTimeSeconds", 2}}), IsEmpty());
  std::optional<json> waiting;
  Start("ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", 20}}, &waiting);
  EXPECT_FALSE(waiting);
  json give_back = change;
  give_back["VisibilityTimeout"] = 0;
  Ask("ChangeMessageVisibility", give_back);
  loop_.RunUntil([&] { return waiting.has_value(); });
  EXPECT_EQ(waiting->at("Messages").size(), 1u);
}

TEST_F(QueueServiceTest, WaitingReceiversAreServedInTheirOrderByOneBatch) {
  const std::string url = Make("q");
  std::optional<json> first;
  std::optional<json> second;
  Start("ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", 20}}, &first);
  Start("ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", 20}, {"MaxNumberOfMessages", 10}},
        &second);
  json entries = json::array();
  for (const char* body : {"a", "b", "c"}) entries.push_back({{"Id", body}, {"MessageBody", body}});
  const json sent = Ask("SendMessageBatch", {{"QueueUrl", url}, {"Entries", entries}});
  EXPECT_EQ(sent.at("Successful").size(), 3u);
  loop_.RunUntil([&] { return first && second; });
  EXPECT_EQ(first->at("Messages").at(0).at("Body"), "a");
  EXPECT_EQ(second->at("Messages").size(), 2u);
}

TEST_F(QueueServiceTest, ALongPollEndsWithoutAMessage) {
  const std::string url = Make("q");
  const auto start = TestClock::now();
  EXPECT_THAT(Receive(url, {{"WaitTimeSeconds", 1}}), IsEmpty());
  EXPECT_GE(TestClock::now() - start, milliseconds(1000));
  // A long poll ends at once when its queue is deleted.
  std::optional<json> waiting;
  Start("ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", 20}}, &waiting);
  Ask("DeleteQueue", {{"QueueUrl", url}});
  EXPECT_TRUE(waiting);
}

TEST_F(QueueServiceTest, TagsAndAttributesAreKept) {
  const std::string url =
      Ask("CreateQueue", {{"QueueName", "q"}, {"tags", {{"launch-bench:run", "lb-1"}}}})
          .at("QueueUrl");
  Ask("TagQueue", {{"QueueUrl", url}, {"Tags", {{"a", "b"}}}});
  EXPECT_EQ(Ask("ListQueueTags", {{"QueueUrl", url}}).at("Tags"),
            (json{{"a", "b"}, {"launch-bench:run", "lb-1"}}));
  Ask("UntagQueue", {{"QueueUrl", url}, {"TagKeys", {"a"}}});
  EXPECT_EQ(Ask("ListQueueTags", {{"QueueUrl", url}}).at("Tags").size(), 1u);
  Ask("SetQueueAttributes", {{"QueueUrl", url}, {"Attributes", {{"VisibilityTimeout", "7"}}}});
  const json got =
      Ask("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", {"VisibilityTimeout"}}});
  EXPECT_EQ(got.at("Attributes"), (json{{"VisibilityTimeout", "7"}}));
}

TEST_F(QueueServiceTest, WhatIsWrongIsRefusedInSqssWords) {
  const std::string url = Make("q");
  const json entry = {{"Id", "1"}, {"MessageBody", "a"}};
  const json eleven(11, entry);
  const struct {
    std::string action;
    json request;
    std::string code;
  } cases[] = {
      {"CreateQueue", {{"QueueName", "not a name"}}, "InvalidParameterValue"},
      {"CreateQueue",
       {{"QueueName", "x"}, {"Attributes", {{"Fifo", "1"}}}},
       "InvalidAttributeName"},
      {"CreateQueue",
       {{"QueueName", "x"}, {"Attributes", {{"VisibilityTimeout", "-1"}}}},
       "InvalidAttributeValue"},
      {"CreateQueue", json::object(), "MissingParameter"},
      {"SendMessage", {{"QueueUrl", url}}, "MissingParameter"},
      {"SendMessage",
       {{"QueueUrl", url}, {"MessageBody", "a"}, {"DelaySeconds", 1}},
       "UnsupportedOperation"},
      {"SendMessageBatch", {{"QueueUrl", url}, {"Entries", json::array()}}, "EmptyBatchRequest"},
      {"SendMessageBatch",
       {{"QueueUrl", url}, {"Entries", eleven}},
       "TooManyEntriesInBatchRequest"},
      {"SendMessageBatch",
       {{"QueueUrl", url}, {"Entries", {entry, entry}}},
       "BatchEntryIdsNotDistinct"},
      {"ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", 21}}, "InvalidParameterValue"},
      {"ReceiveMessage", {{"QueueUrl", url}, {"MaxNumberOfMessages", 11}}, "InvalidParameterValue"},
      {"DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", "x"}}, "ReceiptHandleIsInvalid"},
      {"GetQueueAttributes",
       {{"QueueUrl", url}, {"AttributeNames", {"X"}}},
       "InvalidAttributeName"},
      {"GetQueueUrl", {{"QueueName", "none"}}, "QueueDoesNotExist"},
      {"StartMessageMoveTask", json::object(), "UnknownOperationException"},
  };
  for (const auto& one : cases) EXPECT_EQ(CodeOf(one.action, one.request), one.code) << one.request;
}

// If one body of a batch is invalid, none is sent.
TEST_F(QueueServiceTest, BodiesAreXmlText) {
  const std::string url = Make("q");
  const auto send = [&](const std::string& body) {
    return CodeOf("SendMessage", {{"QueueUrl", url}, {"MessageBody", body}});
  };
  for (const std::string body : {"a\x01", "\x1f", "a\uFFFE", "\uFFFFz", "\x0b"}) {
    EXPECT_EQ(send(body), "InvalidMessageContents") << body;
    EXPECT_EQ(
        CodeOf("SendMessageBatch",
               {{"QueueUrl", url},
                {"Entries",
                 {{{"Id", "1"}, {"MessageBody", "good"}}, {{"Id", "2"}, {"MessageBody", body}}}}}),
        "InvalidMessageContents")
        << body;
  }
  EXPECT_THAT(Receive(url), IsEmpty());
  EXPECT_EQ(send("\t\n\r \x7f\uD7FF\uE000\uFFFD\U00010000\U0010FFFF"), "none");
}

TEST_F(QueueServiceTest, ANewQueueExistsForOtherCallsASecondLater) {
  QueueService service(&timers_, "000000000000", {.usable = milliseconds(300)});
  const auto code_of = [&](const std::string& action, const json& request) -> std::string {
    try {
      service.Run("us-west-2", action, request.dump(), "h", [](const std::string&) {});
    } catch (const ApiError& error) {
      return error.code();
    }
    return "none";
  };
  EXPECT_EQ(code_of("CreateQueue", {{"QueueName", "q"}}), "none");
  EXPECT_EQ(code_of("SendMessage", {{"QueueUrl", "http://h/0/q"}, {"MessageBody", "m"}}),
            "QueueDoesNotExist");
  EXPECT_EQ(code_of("GetQueueUrl", {{"QueueName", "q"}}), "QueueDoesNotExist");
  EXPECT_EQ(code_of("CreateQueue", {{"QueueName", "q"}}), "none") << "the same queue";
  loop_.RunUntil([&] { return code_of("GetQueueUrl", {{"QueueName", "q"}}) == "none"; });
  EXPECT_EQ(code_of("DeleteQueue", {{"QueueUrl", "http://h/0/q"}}), "none");
  EXPECT_EQ(code_of("CreateQueue", {{"QueueName", "q"}}), "QueueDeletedRecently");
}

TEST_F(QueueServiceTest, ADeletedNameMayBeFreeAtOnce) {
  QueueService service(&timers_, "000000000000", {.name_free = milliseconds(0)});
  const auto run = [&](const std::string& action, const json& request) {
    service.Run("us-west-2", action, request.dump(), "h", [](const std::string&) {});
  };
  run("CreateQueue", {{"QueueName", "q"}});
  run("DeleteQueue", {{"QueueUrl", "http://h/0/q"}});
  EXPECT_NO_THROW(run("CreateQueue", {{"QueueName", "q"}}));
}

}  // namespace
}  // namespace localcloud
