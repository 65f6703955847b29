// A real `localcloud serve` process over its sockets: signatures, error documents, idle clients,
// round trips and the truth.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <random>

#include "tests/localcloud/http_client.h"
#include "tests/support/build_paths.h"
#include "tests/support/local_cloud.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using test_support::LocalCloud;
using ::testing::HasSubstr;
using ::testing::Not;

class GatewayTest : public ::testing::Test {
 protected:
  void Serve(std::vector<std::string> flags = {"--time_scale=0", "--rtt=0"}) {
    cloud_ =
        std::make_unique<LocalCloud>(test_support::ProgramPath("localcloud"), std::move(flags));
    good_ = cloud_->access_key_id() + ":" + cloud_->secret_access_key();
  }
  HttpAnswer Query(const std::string& form, const std::string& scope = "us-west-2:ec2") {
    return client_.Send(cloud_->endpoint_url() + "/", form, good_, scope);
  }
  static std::string CodeOf(const HttpAnswer& answer) {
    pugi::xml_document document;
    document.load_string(answer.body.c_str());
    const std::string code = document.select_node("//Code").node().text().get();
    EXPECT_FALSE(
        std::string(document.select_node("//RequestID | //RequestId").node().text().get()).empty())
        << answer.body;
    return std::to_string(answer.status) + " " + code;
  }
  HttpAnswer Json(const std::string& service, const std::string& target, const std::string& body) {
    return client_.Send(cloud_->endpoint_url() + "/", body, good_, "us-west-2:" + service,
                        {"Content-Type: application/x-amz-json-1.1", "X-Amz-Target: " + target});
  }

  std::string DefaultImage() {
    const HttpAnswer answer = Json("ssm", "AmazonSSM.GetParameter",
                                   R"({"Name": "/aws/service/ami-amazon-linux-latest/)"
                                   R"(al2023-ami-kernel-default-x86_64"})");
    return nlohmann::json::parse(answer.body).at("Parameter").at("Value");
  }

  HttpClient client_;
  std::unique_ptr<LocalCloud> cloud_;
  std::string good_;
};

TEST_F(GatewayTest, SignedCallsAreAnswered) {
  Serve();
  const HttpAnswer answer = Query("Action=DescribeRegions&Version=2016-11-15");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/"));
  EXPECT_THAT(answer.body, HasSubstr("<regionName>us-west-2</regionName>"));
  const HttpAnswer identity = Query("Action=GetCallerIdentity&Version=2011-06-15", "us-east-1:sts");
  EXPECT_THAT(identity.body, HasSubstr("<Account>000000000000</Account>"));
  EXPECT_THAT(Json("ssm", "AmazonSSM.GetParameter",
                   R"({"Name": "/aws/service/ami-amazon-linux-latest/)"
                   R"(al2023-ami-kernel-default-x86_64"})")
                  .body,
              HasSubstr("\"Value\":\"ami-"));
}

TEST_F(GatewayTest, TemporaryKeysServeUntilTheyExpire) {
  Serve();
  const auto issue = [&](const std::string& seconds) {
    const HttpAnswer answer = Query(
        "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=" + seconds, "us-east-1:sts");
    pugi::xml_document document;
    document.load_string(answer.body.c_str());
    const auto text = [&](const char* name) {
      return std::string(document.select_node(name).node().text().get());
    };
    return std::pair(text("//AccessKeyId") + ":" + text("//SecretAccessKey"),
                     "X-Amz-Security-Token: " + text("//SessionToken"));
  };
  const std::string url = cloud_->endpoint_url() + "/";
  const std::string form = "Action=DescribeRegions&Version=2016-11-15";
  const auto [key, token] = issue("3600");
  EXPECT_EQ(client_.Send(url, form, key, "us-west-2:ec2", {token}).status, 200);
  EXPECT_EQ(CodeOf(client_.Send(url, form, key, "us-west-2:ec2")), "401 AuthFailure")
      << "without its token";
  const auto [brief_key, brief_token] = issue("1");
  HttpAnswer answer;
  test_support::WaitUntil("the end of the key", [&] {
    answer = client_.Send(url, form, brief_key, "us-west-2:ec2", {brief_token});
    return answer.status != 200;
  });
  EXPECT_EQ(CodeOf(answer), "400 RequestExpired");
}

TEST_F(GatewayTest, BadSignaturesHaveEachServicesError) {
  Serve();
  const std::string url = cloud_->endpoint_url() + "/";
  const std::string form = "Action=DescribeRegions&Version=2016-11-15";
  const std::string wrong_secret = cloud_->access_key_id() + ":wrong";
  const std::string wrong_key = "AKIAWRONG:" + cloud_->secret_access_key();
  const std::string ec2 = "us-west-2:ec2";
  EXPECT_EQ(CodeOf(client_.Send(url, form, "", ec2)), "403 MissingAuthenticationToken");
  EXPECT_EQ(CodeOf(client_.Send(url, form, wrong_secret, ec2)), "401 AuthFailure");
  EXPECT_EQ(CodeOf(client_.Send(url, form, wrong_key, ec2)), "401 AuthFailure");
  EXPECT_EQ(CodeOf(client_.Send(url, form, good_, ec2, {"X-Amz-Security-Token: t"})),
            "401 AuthFailure");
  EXPECT_EQ(CodeOf(client_.Send(url, form, good_, "mars-north-1:ec2")), "403 AuthFailure");
  EXPECT_EQ(CodeOf(client_.Send(url, form, good_, "us-west-2:rds")), "403 AuthFailure");
  EXPECT_EQ(CodeOf(client_.Send(url, form, good_, "us-west-2:s3")), "501 NotImplemented");
  EXPECT_EQ(CodeOf(client_.Send(url + "b/k", "", wrong_key, "us-west-2:s3")),
            "403 InvalidAccessKeyId");
  EXPECT_EQ(CodeOf(client_.Send(url, form, wrong_key, "us-west-2:sts")),
            "403 InvalidClientTokenId");
  EXPECT_EQ(CodeOf(client_.Send(url, form, wrong_secret, "us-west-2:sts")),
            "403 SignatureDoesNotMatch");
  const HttpAnswer json =
      client_.Send(url, "{}", wrong_key, "us-west-2:ssm", {"X-Amz-Target: AmazonSSM.GetParameter"});
  EXPECT_EQ(json.status, 400);
  EXPECT_EQ(nlohmann::json::parse(json.body)["__type"], "UnrecognizedClientException");
  // None of these contains the secret, and neither does the process's output.
  EXPECT_THAT(json.body, ::testing::Not(HasSubstr(cloud_->secret_access_key())));
}

// S3's errors, even if the URL is too incomplete to show that it is for S3.
TEST_F(GatewayTest, PresignedUrlsThatAreRefused) {
  Serve();
  const std::string url = cloud_->endpoint_url() + "/bucket1/key?";
  const auto presigned = [&](const std::string& date, const std::string& key) {
    return url + "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + key +
           "%2F20200101%2Fus-west-2%2Fs3%2Faws4_request&X-Amz-Date=" + date +
           "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
  };
  const auto get = [&](const std::string& what) { return client_.Send(what, "", "", ""); };
  const HttpAnswer expired = get(presigned("20200101T000000Z", cloud_->access_key_id()));
  EXPECT_EQ(CodeOf(expired), "403 AccessDenied");
  EXPECT_THAT(expired.body, HasSubstr("<Message>Request has expired</Message>"));
  EXPECT_EQ(CodeOf(get(presigned("20200101T000000Z", "AKIAOTHER"))), "403 InvalidAccessKeyId");
  EXPECT_EQ(CodeOf(get(url + "X-Amz-Signature=00")), "400 AuthorizationQueryParametersError");
  const HttpAnswer version_2 =
      get(url + "AWSAccessKeyId=" + cloud_->access_key_id() + "&Signature=a%3D&Expires=9999999999");
  EXPECT_EQ(CodeOf(version_2), "400 InvalidRequest");
  EXPECT_THAT(version_2.body, HasSubstr("Please use AWS4-HMAC-SHA256."));
}

TEST_F(GatewayTest, AClockThatIsOffIsRefused) {
  Serve();
  const HttpAnswer answer =
      client_.Send(cloud_->endpoint_url() + "/", "Action=DescribeRegions&Version=2016-11-15", good_,
                   "us-west-2:ec2", {"X-Amz-Date: 20200101T000000Z"});
  EXPECT_EQ(CodeOf(answer), "400 RequestExpired");
}

TEST_F(GatewayTest, ADryRunLooksForTheResourcesAndChangesNothing) {
  Serve();
  const std::string version = "&Version=2016-11-15";
  const std::string dry = version + "&DryRun=true";
  EXPECT_EQ(CodeOf(Query("Action=CreateVpc&CidrBlock=10.1.0.0/16" + dry)), "412 DryRunOperation");
  EXPECT_EQ(CodeOf(Query("Action=DescribeRegions" + dry)), "412 DryRunOperation");
  for (const auto& [call, code] : std::map<std::string, std::string>{
           {"TerminateInstances&InstanceId.1=i-12345678", "InvalidInstanceID.NotFound"},
           {"DeleteVpc&VpcId=vpc-12345678", "InvalidVpcID.NotFound"},
           {"DisassociateAddress&AssociationId=eipassoc-12345678", "InvalidAssociationID.NotFound"},
           {"CreateTags&ResourceId.1=ami-12345678&Tag.1.Key=a&Tag.1.Value=b",
            "InvalidAMIID.NotFound"}})
    EXPECT_EQ(CodeOf(Query("Action=" + call + dry)), "400 " + code) << call;
  const std::string launch = "Action=RunInstances&MinCount=1&MaxCount=1&InstanceType=";
  const std::string image = "&ImageId=" + DefaultImage();
  EXPECT_EQ(CodeOf(Query(launch + "m7i.large" + image + dry)), "412 DryRunOperation");
  EXPECT_EQ(CodeOf(Query(launch + "m7i.hugest" + image + dry)), "400 InvalidParameterValue")
      << "checked as a launch is";
  EXPECT_THAT(Query("Action=DescribeVpcs" + version).body, Not(HasSubstr("10.1.0.0/16")));
  EXPECT_THAT(Query("Action=DescribeInstances" + version).body, Not(HasSubstr("<instanceId>")));
}

TEST_F(GatewayTest, TellsTheQuotaOfTheProfile) {
  Serve();
  const auto quota = [this](const std::string& code) {
    return nlohmann::json::parse(Json("servicequotas", "ServiceQuotasV20190624.GetServiceQuota",
                                      R"({"ServiceCode": "ec2", "QuotaCode": ")" + code + "\"}")
                                     .body);
  };
  EXPECT_EQ(quota("L-1216C47A")["Quota"]["Value"], 512.0);
  EXPECT_EQ(quota("L-DB2E81BA")["__type"], "NoSuchResourceException");
}

TEST_F(GatewayTest, WhatIsNoCallHasAnErrorDocument) {
  Serve();
  EXPECT_EQ(CodeOf(Query("Action=LaunchRockets&Version=2016-11-15")), "400 InvalidAction");
  EXPECT_EQ(CodeOf(Query("Version=2016-11-15")), "400 MissingAction");
  EXPECT_EQ(CodeOf(Query("Action=DescribeVpcs&Version=2016-11-15&Moon=1")), "400 UnknownParameter");
  EXPECT_EQ(CodeOf(Query("Action=%zz")), "404 MalformedQueryString");
  const HttpAnswer json = Json("ssm", "AmazonSSM.PutParameter", "{}");
  EXPECT_EQ(nlohmann::json::parse(json.body)["__type"], "UnknownOperationException");
  const HttpAnswer broken = Json("ssm", "AmazonSSM.GetParameter", "{");
  EXPECT_EQ(nlohmann::json::parse(broken.body)["__type"], "SerializationException");
  const HttpAnswer unknown = Json("ssm", "AmazonSSM.GetParameter", R"({"Name": "/none"})");
  EXPECT_EQ(nlohmann::json::parse(unknown.body)["__type"], "ParameterNotFound");
  const HttpAnswer nobody =
      Json("ec2-instance-connect", "AWSEC2InstanceConnectService.SendSSHPublicKey",
           R"({"InstanceId": "i-12345678", "InstanceOSUser": "ec2-user", "SSHPublicKey":
               "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPPxDYrbcxDsr26dkqFHJTQRcPyyKAX0mmtSBCRMpwC x"})");
  EXPECT_EQ(nlohmann::json::parse(nobody.body)["__type"], "EC2InstanceNotFoundException");
}

TEST_F(GatewayTest, KeysAndUsersThatInstanceConnectRefuses) {
  Serve();
  const std::string key =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPPxDYrbcxDsr26dkqFHJTQRcPyyKAX0mmtSBCRMpwC ";
  const auto code = [&](const std::string& user, const std::string& line) {
    const nlohmann::json request = {
        {"InstanceId", "i-12345678"}, {"InstanceOSUser", user}, {"SSHPublicKey", line}};
    const HttpAnswer answer = Json("ec2-instance-connect",
                                   "AWSEC2InstanceConnectService.SendSSHPublicKey", request.dump());
    return nlohmann::json::parse(answer.body)["__type"].get<std::string>();
  };
  // The instance does not exist. It is looked up last, so this error shows that user and key were
  // accepted.
  const std::string accepted = "EC2InstanceNotFoundException";
  for (const std::string& user : {std::string("ec2-user"), std::string("_"), std::string("a.b@c$"),
                                  std::string("1a"), std::string(32, 'u')}) {
    EXPECT_EQ(code(user, key), accepted) << user;
  }
  for (const std::string& user : {std::string("a b"), std::string("root;"), std::string("$a"),
                                  std::string("123"), std::string(33, 'u'), std::string("a\n")}) {
    EXPECT_EQ(code(user, key), "InvalidArgsException") << user;
  }
  EXPECT_EQ(code("root", key + std::string(4096 - key.size(), 'c')), accepted);
  EXPECT_EQ(code("root", key + std::string(4097 - key.size(), 'c')), "InvalidArgsException");
}

TEST_F(GatewayTest, ASignedPingTellsWhetherItsRegionHasRequestRates) {
  Serve({"--profile=raised_limits", "--rtt=0"});
  const HttpAnswer ping =
      client_.Send(cloud_->endpoint_url() + "/ping", "", good_, "us-west-2:ec2");
  EXPECT_EQ(ping.body, "healthy: localcloud, time scale 1, no request rates");
}

TEST_F(GatewayTest, PingAndInfoNeedNoSignature) {
  Serve({"--time_scale=0.5", "--rtt=0", "--seed=7"});
  const std::string url = cloud_->endpoint_url();
  const HttpAnswer ping = client_.Send(url + "/ping", "", "", "");
  EXPECT_EQ(ping.status, 200);
  EXPECT_EQ(ping.body, "healthy: localcloud, time scale 0.5") << "its profile has request rates";
  const auto info = nlohmann::json::parse(client_.Send(url + "/_localcloud/info", "", "", "").body);
  EXPECT_EQ(info["profile"], "ec2");
  EXPECT_EQ(info["time_scale"], 0.5);
  EXPECT_EQ(info["seed"], 7);
  EXPECT_EQ(client_.Send(url + "/_localcloud/none", "", "", "").status, 404);
}

// One slow or silent client must not delay another, as it would with one thread per connection.
TEST_F(GatewayTest, SixtyFourIdleClientsDoNotDelayTheNext) {
  Serve();
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 64; ++i) {
    idle.push_back(std::make_unique<HttpClient>());
    EXPECT_EQ(idle.back()->Send(cloud_->endpoint_url() + "/ping", "", "", "").status, 200);
  }
  const auto median_ms = [&] {
    std::vector<double> times;
    for (int i = 0; i < 21; ++i) {
      const HttpAnswer answer = Query("Action=DescribeRegions&Version=2016-11-15");
      EXPECT_EQ(answer.status, 200);
      times.push_back(answer.seconds * 1000);
    }
    std::nth_element(times.begin(), times.begin() + 10, times.end());
    return times[10];
  };
  // Would take seconds if connections had to wait for a worker, and 40 ms (the kernel's delayed
  // acknowledgement) if small packets were held back.
  EXPECT_LT(median_ms(), 40);
  // They are still served as well.
  for (const auto& client : idle) {
    EXPECT_EQ(client->Send(cloud_->endpoint_url() + "/ping", "", "", "").status, 200);
  }
}

TEST_F(GatewayTest, RoundTripsAreNeverShorterThanSet) {
  Serve({"--time_scale=0", "--rtt=50ms"});
  for (int i = 0; i < 5; ++i) {
    EXPECT_GE(Query("Action=DescribeRegions&Version=2016-11-15").seconds, 0.050);
    EXPECT_GE(client_.Send(cloud_->endpoint_url() + "/ping", "", "", "").seconds, 0.050);
  }
}

TEST_F(GatewayTest, RegionsAreAsFarAwayAsTheProfileSays) {
  Serve({"--time_scale=0"});
  const std::string form = "Action=DescribeRegions&Version=2016-11-15";
  EXPECT_GE(Query(form, "eu-west-1:ec2").seconds, 0.130);
  // A signed ping names its region.
  EXPECT_GE(client_.Send(cloud_->endpoint_url() + "/ping", "", good_, "eu-west-1:ec2").seconds,
            0.130);
  double fastest = 1;
  for (int i = 0; i < 10; ++i) fastest = std::min(fastest, Query(form).seconds);
  EXPECT_GE(fastest, 0.020);
  EXPECT_LT(fastest, 0.130) << "as far away as eu-west-1";
}

TEST_F(GatewayTest, TruthListsCallsWithTheirTimes) {
  Serve();
  const auto before = std::chrono::steady_clock::now().time_since_epoch();
  Query("Action=DescribeRegions&Version=2016-11-15");
  const auto after = std::chrono::steady_clock::now().time_since_epoch();
  const auto truth = nlohmann::json::parse(cloud_->Truth());
  ASSERT_EQ(truth.size(), 1u);
  EXPECT_EQ(truth[0]["kind"], "call");
  EXPECT_EQ(truth[0]["action"], "DescribeRegions");
  const auto nanoseconds = [](auto d) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(d).count();
  };
  EXPECT_GE(truth[0]["received"].get<std::int64_t>(), nanoseconds(before));
  EXPECT_GE(truth[0]["sent"].get<std::int64_t>(), truth[0]["received"].get<std::int64_t>());
  EXPECT_LE(truth[0]["sent"].get<std::int64_t>(), nanoseconds(after));
}

TEST_F(GatewayTest, TruthListsRequestsThatNoServiceGets) {
  Serve();
  const std::string url = cloud_->endpoint_url() + "/";
  const std::string form = "Action=DescribeRegions&Version=2016-11-15";
  client_.Send(url, form, "AKIAWRONG:wrong", "us-west-2:ec2");
  client_.Send(url, form, cloud_->access_key_id() + ":wrong", "us-west-2:ec2");
  client_.Send(url, "Action=%FF", good_, "mars-north-1:rds");
  client_.Send(url, form, good_, "us-west-2:ec2", {"Host: ec2.us-west-2.amazonaws.com"});
  client_.Send(url + "ping", "", "", "");
  const auto truth = nlohmann::json::parse(cloud_->Truth());
  std::vector<std::string> calls;
  for (const auto& call : truth) {
    calls.push_back(call.at("action").get<std::string>() + " " +
                    call.at("region").get<std::string>() + " " +
                    call.at("error").get<std::string>());
    EXPECT_GE(call.at("sent"), call.at("received"));
  }
  EXPECT_THAT(calls, ::testing::ElementsAre("DescribeRegions us-west-2 AuthFailure",
                                            "DescribeRegions us-west-2 AuthFailure",
                                            "  AuthFailure", "  HTTP 421"));
}

TEST_F(GatewayTest, FaultsAreInjected) {
  const std::string path = ::testing::TempDir() + "faults-" + std::to_string(getpid()) + ".json";
  std::ofstream(path) << R"([{"action": "DescribeRegions", "error": "UnauthorizedOperation",
                              "http_status": 403, "times": 1}])";
  Serve({"--time_scale=0", "--rtt=0", "--faults=" + path});
  EXPECT_EQ(CodeOf(Query("Action=DescribeRegions&Version=2016-11-15")),
            "403 UnauthorizedOperation");
  EXPECT_EQ(Query("Action=DescribeRegions&Version=2016-11-15").status, 200);
  std::filesystem::remove(path);
}

// Opens a plain TCP connection to the endpoint. The caller closes it.
int ConnectTo(const std::string& endpoint_url) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(
      static_cast<std::uint16_t>(std::stoi(endpoint_url.substr(endpoint_url.rfind(':') + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

TEST_F(GatewayTest, GarbageIsAnsweredOrDroppedAndServingGoesOn) {
  Serve();
  std::mt19937 random(1);
  const std::vector<std::string> starts = {
      "",
      "GET / HTTP/1.1\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=////\r\n\r\n",
      "GET /%zz?%%% HTTP/1.1\r\n\r\n",
      "\x16\x03\x01",
  };
  for (int i = 0; i < 200; ++i) {
    std::string bytes = starts[static_cast<std::size_t>(i) % starts.size()];
    for (int n = 0; n < 300; ++n) bytes += static_cast<char>(random() % 256);
    const int fd = ConnectTo(cloud_->endpoint_url());
    // The server may have closed it already.
    [[maybe_unused]] const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    close(fd);
  }
  // Larger than anything EC2 accepts. It is refused, even if the client never reads the answer.
  try {
    const HttpAnswer large = client_.Send(cloud_->endpoint_url() + "/", std::string(2 << 20, 'x'),
                                          good_, "us-west-2:ec2");
    EXPECT_EQ(large.status, 413);
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(Query("Action=DescribeRegions&Version=2016-11-15").status, 200);
}

// The client disconnects before its answer, but the call takes effect.
TEST_F(GatewayTest, AClientMayLeaveBeforeItsAnswer) {
  Serve({"--time_scale=0", "--rtt=100ms"});
  for (int i = 0; i < 10; ++i) {
    const int fd = ConnectTo(cloud_->endpoint_url());
    const std::string request = "GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    close(fd);
  }
  EXPECT_EQ(Query("Action=DescribeRegions&Version=2016-11-15").status, 200);
  cloud_->process().Signal(SIGTERM);
  EXPECT_EQ(cloud_->process().Wait(), 0);
}

}  // namespace
}  // namespace localcloud
