#include "aws/sts.h"

#include <gtest/gtest.h>

#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;

TEST(Sts, SaysWhoTheCallerIs) {
  ScriptedAnswer answer;
  answer.body =
      R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/x</Arn>
        <UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult>
        <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>)";
  ScriptedHttpServer server({answer});
  const CallerIdentity identity = Sts(ClientFor(server, "sts")).GetCallerIdentity({});
  EXPECT_EQ(identity.account, "123456789012");
  EXPECT_EQ(identity.arn, "arn:aws:iam::123456789012:user/x");
  EXPECT_EQ(server.requests()[0].Parameter("Version"), "2011-06-15");
}

TEST(Sts, ReadsItsOwnFormOfErrors) {
  ScriptedAnswer answer;
  answer.status = 403;
  answer.body =
      R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
        <Code>InvalidClientTokenId</Code><Message>The security token is invalid.</Message></Error>
        <RequestId>77-88</RequestId></ErrorResponse>)";
  ScriptedHttpServer server({answer});
  const Error error = ErrorOf([&] { Sts(ClientFor(server, "sts")).GetCallerIdentity({}); });
  EXPECT_EQ(error.code(), "InvalidClientTokenId");
  EXPECT_EQ(error.request_id(), "77-88");
}

TEST(Sts, RefusesAnAnswerWithoutAnAccount) {
  ScriptedHttpServer server;
  EXPECT_EQ(ErrorOf([&] { Sts(ClientFor(server)).GetCallerIdentity({}); }).kind(),
            Error::Kind::kProtocol);
}

}  // namespace
}  // namespace aws
