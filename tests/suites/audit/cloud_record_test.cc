#include "suites/audit/cloud_record.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace suites {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(CloudRecordTest, BootsAndCallsAreRead) {
  const CloudRecord record = ReadCloudRecord(R"([
      {"kind": "launch", "instance_id": "i-1", "region": "us-west-2",
       "events": {"requested": 1, "accepted": 2}, "connections": 3, "logins": 1,
       "answers": [{"action": "DescribeInstances", "received": 5, "sent": 6, "state": "pending"}]},
      {"kind": "session", "instance_id": "i-1", "accepted": 8},
      {"kind": "of a later version"},
      {"kind": "call", "action": "RunInstances", "region": "us-west-2", "received": 1, "sent": 2},
      {"kind": "call", "action": "DescribeInstances", "region": "us-west-2", "received": 3,
       "sent": 4, "error": "RequestLimitExceeded"}])");
  ASSERT_EQ(record.boots.size(), 1u);
  const BootRecord& boot = record.boots[0];
  EXPECT_EQ(boot.kind, "launch");
  EXPECT_EQ(boot.instance_id, "i-1");
  EXPECT_EQ(boot.region, "us-west-2");
  EXPECT_THAT(boot.events, ElementsAre(Pair("accepted", 2), Pair("requested", 1)));
  EXPECT_EQ(boot.connections, 3);
  EXPECT_EQ(boot.logins, 1);
  ASSERT_EQ(boot.answers.size(), 1u);
  EXPECT_EQ(boot.answers[0].received, 5);
  EXPECT_EQ(boot.answers[0].sent, 6);
  EXPECT_EQ(boot.answers[0].state, "pending");
  ASSERT_EQ(record.calls.size(), 2u);
  EXPECT_EQ(record.calls[0].error, "");
  EXPECT_EQ(record.calls[1].error, "RequestLimitExceeded");
}

TEST(CloudRecordTest, OtherTextIsRefused) {
  for (const char* text : {"", "{", "[1]", R"([{"kind": "launch"}])", R"([{"kind": "call"}])"})
    EXPECT_THROW(ReadCloudRecord(text), std::runtime_error) << text;
}

}  // namespace
}  // namespace suites
