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
  ScriptedAnswer answer;
  answer.body = "203.0.113.7\n";
  ScriptedHttpServer server({answer});
  EXPECT_EQ(CallerAddress(server.url() + "/"), "203.0.113.7");
  EXPECT_EQ(server.requests().at(0).method, "GET");
  EXPECT_FALSE(server.requests().at(0).headers.contains("authorization"));
}

// A captive portal, for example, answers with something else.
TEST(CallerAddress, AnythingElseIsAnErrorThatNamesTheServer) {
  for (const std::string body :
       {"<html>log in first</html>", "", "203.0.113.7, 10.0.0.1", "2001:db8::7"}) {
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

TEST(CallerAddress, TowardsAnAddressIsTheKernelsChoice) {
  EXPECT_EQ(AddressTowards("127.10.0.4"), "127.0.0.1");
  EXPECT_EQ(AddressTowards("::ffff:127.150.0.4"), "::ffff:127.0.0.1");
  EXPECT_EQ(AddressTowards("localhost"), std::nullopt) << "no names";
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
