#include "aws/caller_address.h"

#include <gmock/gmock.h>

#include "aws/error.h"
#include "tests/support/scripted_http_server.h"

namespace aws {
namespace {

using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;
using testing::HasSubstr;

TEST(CallerAddress, IsTheAnswerWithoutItsNewline) {
  for (const std::string address : {"203.0.113.7", "2001:db8::7"}) {
    ScriptedAnswer answer;
    answer.body = address + "\n";
    ScriptedHttpServer server({answer});
    EXPECT_EQ(CallerAddress(server.url() + "/"), address);
    EXPECT_EQ(server.requests().at(0).method, "GET");
    EXPECT_FALSE(server.requests().at(0).headers.contains("authorization"));
  }
}

// A captive portal, for one, answers with something else.
TEST(CallerAddress, AnythingElseIsAnErrorThatNamesTheServer) {
  for (const std::string body : {"<html>log in first</html>", "", "203.0.113.7, 10.0.0.1"}) {
    ScriptedAnswer answer;
    answer.body = body;
    ScriptedHttpServer server({answer});
    try {
      CallerAddress(server.url() + "/");
      FAIL() << body;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::kProtocol);
      EXPECT_THAT(error.what(), HasSubstr(server.url()));
    }
  }
}

TEST(CallerAddress, NobodyThereIsAnErrorOfTransport) {
  std::string url;
  {
    const ScriptedHttpServer server;
    url = server.url();
  }
  try {
    CallerAddress(url);
    FAIL() << "somebody answered";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kTransport);
  }
}

}  // namespace
}  // namespace aws
