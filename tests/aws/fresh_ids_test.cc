// Ids that EC2 and SQS do not know yet, and ids that they never knew.
#include "aws/fresh_ids.h"

#include <gmock/gmock.h>

#include "aws/ec2.h"
#include "aws/sqs.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using std::chrono::milliseconds;
using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;
using test_support::ScriptedRequest;

const std::vector<Tag> kRunTags = {{"launch-bench:run", "r-1"}};

CallOptions Within(milliseconds time) {
  CallOptions options;
  options.deadline = Clock::now() + time;
  return options;
}

ScriptedAnswer VpcMade() { return Ec2Answer("CreateVpc", "<vpc><vpcId>vpc-1</vpcId></vpc>"); }
ScriptedAnswer NoVpc() { return Ec2Failure(400, "InvalidVpcID.NotFound", "does not exist"); }

TEST(FreshIds, WhatWasJustMadeIsAskedForUntilEc2KnowsIt) {
  ScriptedHttpServer server(
      {VpcMade(), NoVpc(), NoVpc(),
       Ec2Answer("CreateSubnet", "<subnet><subnetId>s-1</subnetId></subnet>")});
  Ec2 ec2(ClientFor(server));
  ec2.CreateVpc("10.0.0.0/16", kRunTags, {});
  CallTally tally;
  EXPECT_EQ(
      ec2.CreateSubnet("vpc-1", "us-west-2a", "10.0.0.0/24", kRunTags, {.tally = &tally}).subnet_id,
      "s-1");
  EXPECT_EQ(server.requests().size(), 4U);
  EXPECT_EQ(tally.retries, 2);
  EXPECT_EQ(tally.Refusals(), "CreateSubnet InvalidVpcID.NotFound x2");
}

// There are more attempts than for other failures: only time limits them.
TEST(FreshIds, AreAskedForMoreOftenThanOthers) {
  std::vector<ScriptedAnswer> answers{VpcMade()};
  answers.insert(answers.end(), 15, NoVpc());
  answers.push_back(Ec2Answer("DeleteVpc", "<return>true</return>"));
  ScriptedHttpServer server(answers);
  Ec2 ec2(ClientFor(server));
  ec2.CreateVpc("10.0.0.0/16", kRunTags, {});
  EXPECT_NO_THROW(ec2.DeleteVpc("vpc-1", {}));
  EXPECT_EQ(server.requests().size(), 17U);
}

TEST(FreshIds, AreAskedForUntilTheDeadline) {
  ScriptedHttpServer server([](const ScriptedRequest& request) -> ScriptedAnswer {
    return request.Parameter("Action") == "CreateVpc" ? VpcMade() : NoVpc();
  });
  Ec2 ec2(ClientFor(server));
  ec2.CreateVpc("10.0.0.0/16", kRunTags, {});
  const Error error = ErrorOf([&] { ec2.DeleteVpc("vpc-1", Within(milliseconds(400))); });
  EXPECT_EQ(error.kind(), Error::Kind::kDeadline);
  EXPECT_THAT(error.what(), testing::HasSubstr("InvalidVpcID.NotFound"));
}

TEST(FreshIds, WhatTheUserNamedDoesNotExistAtOnce) {
  ScriptedHttpServer server({VpcMade(), NoVpc()});
  Ec2 ec2(ClientFor(server));
  ec2.CreateVpc("10.0.0.0/16", kRunTags, {});
  const Error error = ErrorOf(
      [&] { ec2.CreateSubnet("vpc-of-the-user", "us-west-2a", "10.0.0.0/24", kRunTags, {}); });
  EXPECT_EQ(error.code(), "InvalidVpcID.NotFound");
  EXPECT_EQ(server.requests().size(), 2U);
}

// The group of the machine is new; its subnet is the user's.
TEST(FreshIds, OfOneKindSayNothingOfAnother) {
  ScriptedHttpServer server({Ec2Answer("CreateSecurityGroup", "<groupId>sg-1</groupId>"),
                             Ec2Failure(400, "InvalidSubnetID.NotFound", "does not exist")});
  Ec2 ec2(ClientFor(server));
  RunInstancesRequest request;
  request.client_token = "t";
  request.subnet_id = "subnet-of-the-user";
  request.security_group_ids = {ec2.CreateSecurityGroup("g", "d", "vpc-1", kRunTags, {})};
  EXPECT_EQ(ErrorOf([&] { ec2.RunInstances(request, {}); }).code(), "InvalidSubnetID.NotFound");
  EXPECT_EQ(server.requests().size(), 2U);
}

// The first attempt may have deleted it although its answer was an error.
TEST(FreshIds, AreGoneWhereALostDeleteMayHaveRemovedThem) {
  ScriptedHttpServer server(
      {VpcMade(), Ec2Failure(500, "InternalError", "An internal error"), NoVpc()});
  Ec2 ec2(ClientFor(server));
  ec2.CreateVpc("10.0.0.0/16", kRunTags, {});
  EXPECT_EQ(ErrorOf([&] { ec2.DeleteVpc("vpc-1", {}); }).code(), "InvalidVpcID.NotFound");
  EXPECT_EQ(server.requests().size(), 3U);
}

// If it is deleted once more, there is nothing to wait for.
TEST(FreshIds, AreNoneOnceTheyAreDeleted) {
  ScriptedHttpServer server({VpcMade(), Ec2Answer("DeleteVpc", "<return>true</return>"), NoVpc()});
  Ec2 ec2(ClientFor(server));
  ec2.CreateVpc("10.0.0.0/16", kRunTags, {});
  ec2.DeleteVpc("vpc-1", {});
  EXPECT_EQ(ErrorOf([&] { ec2.DeleteVpc("vpc-1", {}); }).code(), "InvalidVpcID.NotFound");
  EXPECT_EQ(server.requests().size(), 3U);
}

// Each kind of resource that a run creates, with the id that later calls name.
TEST(FreshIds, OfEveryKindAreRemembered) {
  std::map<std::string, int> calls;
  ScriptedHttpServer server([&](const ScriptedRequest& request) -> ScriptedAnswer {
    const std::string action = request.Parameter("Action");
    const std::map<std::string, std::string> made = {
        {"CreateVpc", "<vpc><vpcId>vpc-1</vpcId></vpc>"},
        {"CreateSubnet", "<subnet><subnetId>subnet-1</subnetId></subnet>"},
        {"CreateSecurityGroup", "<groupId>sg-1</groupId>"},
        {"CreateInternetGateway",
         "<internetGateway><internetGatewayId>igw-1</internetGatewayId></internetGateway>"},
        {"CreateRouteTable", "<routeTable><routeTableId>rtb-1</routeTableId></routeTable>"},
        {"CreateNetworkInterface",
         "<networkInterface><networkInterfaceId>eni-1</networkInterfaceId></networkInterface>"},
        {"AllocateAddress", "<allocationId>eipalloc-1</allocationId>"},
        {"ImportKeyPair", "<keyPairId>key-1</keyPairId>"},
        {"CreateImage", "<imageId>ami-1</imageId>"},
        {"RunInstances",
         "<instancesSet><item><instanceId>i-1</instanceId><blockDeviceMapping><item><ebs><volumeId>"
         "vol-1</volumeId></ebs></item></blockDeviceMapping></item></instancesSet>"}};
    const std::map<std::string, std::string> unknown = {
        {"AttachInternetGateway", "InvalidInternetGatewayID.NotFound"},
        {"CreateRoute", "InvalidRouteTableID.NotFound"},
        {"AssociateRouteTable", "InvalidSubnetID.NotFound"},
        {"AuthorizeSecurityGroupIngress", "InvalidGroup.NotFound"},
        {"AssociateAddress", "InvalidNetworkInterfaceID.NotFound"},
        {"CreateTags", "InvalidID"},
        {"StopInstances", "InvalidInstanceID.NotFound"},
        {"StartInstances", "InvalidInstanceID.NotFound"},
        {"TerminateInstances", "InvalidInstanceID.NotFound"},
        {"DeleteVolume", "InvalidVolume.NotFound"},
        {"DeregisterImage", "InvalidAMIID.NotFound"},
        {"DeleteKeyPair", "InvalidKeyPair.NotFound"}};
    const bool second = ++calls[action] % 2 == 0;
    if (const auto answer = made.find(action); answer != made.end() && calls[action] == 1)
      return Ec2Answer(action, answer->second);
    return second ? Ec2Answer(action, "<return>true</return><associationId>a-1</associationId>")
                  : Ec2Failure(400, unknown.at(action), "does not exist");
  });
  Ec2 ec2(ClientFor(server));
  ec2.CreateVpc("10.0.0.0/16", kRunTags, {});
  ec2.CreateSubnet("vpc-1", "us-west-2a", "10.0.0.0/24", kRunTags, {});
  ec2.CreateSecurityGroup("g", "d", "vpc-1", kRunTags, {});
  ec2.CreateInternetGateway(kRunTags, {});
  ec2.CreateRouteTable("vpc-1", kRunTags, {});
  ec2.CreateNetworkInterface("subnet-1", {"sg-1"}, "t", kRunTags, {});
  ec2.AllocateAddress(kRunTags, {});
  ec2.ImportKeyPair("k", "ssh-ed25519 A", kRunTags, {});
  RunInstancesRequest request;
  request.client_token = "t";
  ec2.RunInstances(request, {});
  ec2.CreateImage("i-1", "name", kRunTags, {});

  EXPECT_NO_THROW(ec2.AttachInternetGateway("igw-1", "vpc-1", {}));
  EXPECT_NO_THROW(ec2.CreateRoute("rtb-1", "0.0.0.0/0", "igw-1", {}));
  EXPECT_NO_THROW(ec2.AssociateRouteTable("rtb-1", "subnet-1", {}));
  EXPECT_NO_THROW(ec2.AuthorizeSecurityGroupIngress("sg-1", 22, "127.0.0.0/8", {}));
  EXPECT_NO_THROW(ec2.AssociateAddress("eipalloc-1", "eni-1", {}));
  EXPECT_NO_THROW(ec2.CreateTags({"i-1"}, kRunTags, {}));
  EXPECT_NO_THROW(ec2.StopInstances({"i-1"}, false, {}));
  EXPECT_NO_THROW(ec2.StartInstances({"i-1"}, {}));
  EXPECT_NO_THROW(ec2.DeleteVolume("vol-1", {}));
  EXPECT_NO_THROW(ec2.DeregisterImage("ami-1", {}));
  EXPECT_NO_THROW(ec2.DeleteKeyPair("k", {}));
  calls.clear();
  EXPECT_THROW(ec2.TerminateInstances({"i-1"}, {}), Error) << "whose callers ask by describes";
}

ScriptedAnswer Json(const std::string& body) {
  ScriptedAnswer answer;
  answer.headers = {"Content-Type: application/x-amz-json-1.0"};
  answer.body = body;
  return answer;
}

ScriptedAnswer JsonFailure(const std::string& code) {
  ScriptedAnswer answer =
      Json(R"({"__type": "com.amazonaws.sqs#)" + code + R"(", "message": "m"})");
  answer.status = 400;
  return answer;
}

TEST(FreshQueues, AreAskedForUntilSqsKnowsThem) {
  ScriptedHttpServer server({Json(R"({"QueueUrl": "http://h/0/q"})"),
                             JsonFailure("QueueDoesNotExist"), JsonFailure("QueueDoesNotExist"),
                             Json(R"({"Successful": []})"), JsonFailure("QueueDoesNotExist")});
  Sqs sqs(ClientFor(server, "sqs"));
  const std::string url = sqs.CreateQueue({.name = "q"}, {});
  EXPECT_NO_THROW(sqs.SendMessages(url, {"m"}, {}));
  EXPECT_EQ(server.requests().size(), 4U);
  EXPECT_EQ(ErrorOf([&] { sqs.SendMessages("http://h/0/another", {"m"}, {}); }).code(),
            "QueueDoesNotExist");
  EXPECT_EQ(server.requests().size(), 5U);
}

TEST(FreshQueues, WaitForANameThatWasDeletedMomentsAgo) {
  ScriptedHttpServer server({JsonFailure("QueueDeletedRecently"),
                             JsonFailure("QueueDeletedRecently"),
                             Json(R"({"QueueUrl": "http://h/0/q"})")});
  EXPECT_EQ(Sqs(ClientFor(server, "sqs")).CreateQueue({.name = "q"}, {}), "http://h/0/q");
  EXPECT_EQ(server.requests().size(), 3U);
}

}  // namespace
}  // namespace aws
