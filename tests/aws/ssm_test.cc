#include "aws/ssm.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;

TEST(Ssm, ReadsAParameter) {
  ScriptedAnswer answer;
  answer.body =
      R"({"Parameter":{"Name":"/aws/service/x","Type":"String","Value":"ami-1","Version":3}})";
  ScriptedHttpServer server({answer});
  EXPECT_EQ(Ssm(ClientFor(server, "ssm")).GetParameter("/aws/service/x", {}), "ami-1");
  const auto sent = server.requests().at(0);
  EXPECT_EQ(sent.headers.at("x-amz-target"), "AmazonSSM.GetParameter");
  EXPECT_EQ(nlohmann::json::parse(sent.body), nlohmann::json({{"Name", "/aws/service/x"}}));
}

TEST(Ssm, AnUnknownParameterIsTheServicesError) {
  ScriptedAnswer answer;
  answer.status = 400;
  answer.body = R"({"__type":"ParameterNotFound"})";
  ScriptedHttpServer server({answer});
  const Error error = ErrorOf([&] { Ssm(ClientFor(server, "ssm")).GetParameter("/x", {}); });
  EXPECT_EQ(error.code(), "ParameterNotFound");
}

TEST(Ssm, RefusesAnAnswerWithoutAValue) {
  for (const char* body : {"{}", "[]", "", R"({"Parameter":{"Value":7}})", R"({"Parameter":[]})"}) {
    ScriptedAnswer answer;
    answer.body = body;
    ScriptedHttpServer server({answer});
    const Error error = ErrorOf([&] { Ssm(ClientFor(server, "ssm")).GetParameter("/x", {}); });
    EXPECT_EQ(error.kind(), Error::Kind::kProtocol) << body;
  }
}

}  // namespace
}  // namespace aws
