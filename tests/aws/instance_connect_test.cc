#include "aws/instance_connect.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;

ScriptedAnswer Body(const std::string& body) {
  ScriptedAnswer answer;
  answer.body = body;
  return answer;
}

TEST(InstanceConnect, PushesAKey) {
  ScriptedHttpServer server({Body(R"({"RequestId":"abc","Success":true})")});
  InstanceConnect(ClientFor(server, "ec2-instance-connect"))
      .SendSshPublicKey("i-1", "ec2-user", "ssh-ed25519 AAAA", "us-west-2a", {});
  const auto sent = server.requests().at(0);
  EXPECT_EQ(sent.headers.at("x-amz-target"), "AWSEC2InstanceConnectService.SendSSHPublicKey");
  EXPECT_EQ(nlohmann::json::parse(sent.body), nlohmann::json({{"InstanceId", "i-1"},
                                                              {"InstanceOSUser", "ec2-user"},
                                                              {"SSHPublicKey", "ssh-ed25519 AAAA"},
                                                              {"AvailabilityZone", "us-west-2a"}}));
}

TEST(InstanceConnect, AnAnswerWithoutSuccessIsAFailure) {
  for (const char* body : {R"({"RequestId":"abc","Success":false})", "{}", "[true]", "nonsense"}) {
    ScriptedHttpServer server({Body(body)});
    const Error error = ErrorOf(
        [&] { InstanceConnect(ClientFor(server)).SendSshPublicKey("i-1", "u", "k", "", {}); });
    EXPECT_EQ(error.kind(), Error::Kind::kProtocol) << body;
  }
}

}  // namespace
}  // namespace aws
