// Each fault of `localcloud serve --faults`, seen by clients over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <random>

#include "localcloud/loop/temporary_directory.h"
#include "tests/localcloud/http_client.h"
#include "tests/localcloud/ssh_test_client.h"
#include "tests/support/build_paths.h"
#include "tests/support/local_cloud.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;
using test_support::LocalCloud;
using test_support::WaitUntil;
using ::testing::HasSubstr;

class FaultyCloudTest : public ::testing::Test {
 protected:
  void Serve(const std::string& faults) {
    const std::string file = directory_.path() + "/faults.json";
    std::ofstream(file) << faults;
    cloud_ = std::make_unique<LocalCloud>(
        test_support::ProgramPath("localcloud"),
        std::vector<std::string>{"--time_scale=0.002", "--rtt=0", "--profile=prompt",
                                 "--faults=" + file});
    signer_ = cloud_->access_key_id() + ":" + cloud_->secret_access_key();
  }
  HttpAnswer Send(const std::string& form) {
    return client_.Send(cloud_->endpoint_url() + "/", form + "&Version=2016-11-15", signer_,
                        "us-west-2:ec2");
  }
  // Returns the text of the first element with that name; the error's code if the call failed.
  std::string Ask(const std::string& form, const std::string& element) {
    pugi::xml_document document;
    document.load_string(Send(form).body.c_str());
    const auto code = document.select_node("//Error/Code");
    if (code) return code.node().text().get();
    return document.select_node(("//" + element).c_str()).node().text().get();
  }
  // Launches an instance that admits SSH with key_'s key.
  std::string Launch(const std::string& more = "") {
    if (Ask("Action=DescribeKeyPairs&KeyName.1=k", "keyName") != "k") {
      char* const line = curl_easy_escape(nullptr, Base64(key_.public_line).c_str(), 0);
      Send("Action=ImportKeyPair&KeyName=k&PublicKeyMaterial=" + std::string(line));
      curl_free(line);
      Send(
          "Action=AuthorizeSecurityGroupIngress&GroupName=default&IpProtocol=tcp&FromPort=22"
          "&ToPort=22&CidrIp=127.0.0.0/8");
    }
    const std::string image =
        Ask("Action=DescribeImages&Owner.1=amazon&Filter.1.Name=architecture"
            "&Filter.1.Value.1=x86_64",
            "imageId");
    return Ask(
        "Action=RunInstances&KeyName=k&MinCount=1&MaxCount=1&InstanceType=m7i.large"
        "&ImageId=" +
            image + more,
        "instanceId");
  }
  static std::string Base64(const std::string& text) {
    std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    encoded.resize(static_cast<std::size_t>(size));
    return encoded;
  }
  std::string Describe(const std::string& id, const std::string& element) {
    return Ask("Action=DescribeInstances&InstanceId.1=" + id, element);
  }
  void AwaitState(const std::string& id, const std::string& state) {
    WaitUntil(state, [&] { return Describe(id, "instanceState/name") == state; });
  }
  // Returns the address once its port is open.
  std::string AddressOf(const std::string& id) {
    std::string address;
    WaitUntil("the open port", [&] {
      address = Describe(id, "ipAddress");
      int fd = -1;
      const bool open =
          !address.empty() && TryConnect(address, cloud_->ssh_port(), &fd, milliseconds(500)) == 0;
      if (open) close(fd);
      return open;
    });
    return address;
  }
  // Returns the outcome of one login and command, whatever it is.
  std::string TryLogin(const std::string& address, const std::string& command = "echo hello") {
    try {
      SshTestClient client(address, cloud_->ssh_port());
      const int error = client.Login(key_);
      if (error != 0) return "login " + std::to_string(error);
      const CommandResult result = client.Run(command);
      return result.status == 0 ? result.out : "no status";
    } catch (const std::runtime_error& failure) {
      return failure.what();
    }
  }
  void AwaitLogin(const std::string& address) {
    WaitUntil("a login", [&] { return TryLogin(address) == "hello\n"; });
  }

  const TestKey key_;
  TemporaryDirectory directory_;
  HttpClient client_;
  std::unique_ptr<LocalCloud> cloud_;
  std::string signer_;
};

TEST_F(FaultyCloudTest, ThrottlingIsPerBucket) {
  Serve(R"([{"fault": "throttle", "action": "Describe*", "burst": 2, "per_second": 0.001}])");
  EXPECT_EQ(Send("Action=DescribeRegions").status, 200);
  EXPECT_EQ(Send("Action=DescribeVpcs").status, 200);
  const HttpAnswer third = Send("Action=DescribeRegions");
  EXPECT_EQ(third.status, 503);
  EXPECT_THAT(third.body, HasSubstr("<Code>RequestLimitExceeded</Code>"));
  EXPECT_EQ(Send("Action=AllocateAddress").status, 200);
}

TEST_F(FaultyCloudTest, ErrorsSlownessAndBrokenAnswers) {
  Serve(R"([{"action": "DescribeVpcs", "error": "InternalError", "http_status": 500, "times": 1},
            {"action": "DescribeVpcs", "error": "Unavailable", "http_status": 503, "skip": 1,
             "times": 1},
            {"fault": "slow", "action": "DescribeVpcs", "ms": 300, "skip": 2, "times": 1},
            {"fault": "truncated", "action": "DescribeVpcs", "skip": 3, "times": 1},
            {"fault": "reset", "action": "DescribeVpcs", "skip": 4, "times": 1},
            {"fault": "lost", "action": "AllocateAddress", "times": 1}])");
  EXPECT_EQ(Send("Action=DescribeVpcs").status, 500);
  EXPECT_EQ(Send("Action=DescribeVpcs").status, 503);
  const HttpAnswer slow = Send("Action=DescribeVpcs");
  EXPECT_EQ(slow.status, 200);
  EXPECT_GE(slow.seconds, 0.3);
  const HttpAnswer truncated = Send("Action=DescribeVpcs");
  EXPECT_EQ(truncated.status, 200);
  EXPECT_EQ(truncated.body.find("</DescribeVpcsResponse>"), std::string::npos);
  EXPECT_THROW(Send("Action=DescribeVpcs"), std::runtime_error);  // curl: reset, or too short
  EXPECT_EQ(Send("Action=DescribeVpcs").status, 200);
  // On a new connection: on a kept one, curl would send the request again.
  HttpClient fresh;
  EXPECT_THROW(fresh.Send(cloud_->endpoint_url() + "/", "Action=AllocateAddress&Version=2016-11-15",
                          signer_, "us-west-2:ec2"),
               std::runtime_error);
  EXPECT_THAT(Ask("Action=DescribeAddresses", "allocationId"), HasSubstr("eipalloc-"))
      << "carried out all the same";
}

TEST_F(FaultyCloudTest, FreshIdsAndStatesComeLate) {
  Serve(R"([{"fault": "hidden_ids", "ms": 1500}])");
  const std::string id = Launch();
  EXPECT_EQ(Describe(id, "instanceId"), "InvalidInstanceID.NotFound");
  EXPECT_EQ(Ask("Action=DescribeInstances&Filter.1.Name=instance-id&Filter.1.Value.1=" + id,
                "instanceId"),
            "");
  EXPECT_EQ(Ask("Action=CreateTags&Tag.1.Key=a&ResourceId.1=" + id, "return"),
            "InvalidInstanceID.NotFound");
  WaitUntil("the id", [&] { return Describe(id, "instanceId") == id; });
}

TEST_F(FaultyCloudTest, StatesAreStale) {
  Serve(R"([{"fault": "stale_states", "ms": 1500}])");
  const std::string id = Launch();
  AwaitState(id, "running");
  EXPECT_EQ(Ask("Action=TerminateInstances&InstanceId.1=" + id, "currentState/name"),
            "shutting-down");
  EXPECT_NE(Describe(id, "instanceState/name"), "terminated");
  AwaitState(id, "terminated");
}

TEST_F(FaultyCloudTest, ALaunchGoesToShuttingDownAndTheNextOneDoesNot) {
  Serve(R"([{"fault": "shutting_down", "ms": 10, "times": 1}])");
  const std::string id = Launch();
  AwaitState(id, "terminated");
  EXPECT_EQ(Describe(id, "stateReason/code"), "Server.InternalError");
  EXPECT_EQ(TryLogin(AddressOf(Launch())), "hello\n");
}

TEST_F(FaultyCloudTest, ASpotInstanceIsInterruptedAndAnotherIsNot) {
  Serve(R"([{"fault": "spot_interruption", "ms": 1500}])");
  const std::string spot = Launch("&InstanceMarketOptions.MarketType=spot");
  const std::string other = Launch();
  AwaitState(spot, "terminated");
  EXPECT_EQ(Describe(spot, "stateReason/code"), "Server.SpotInstanceTermination");
  EXPECT_EQ(Describe(other, "instanceState/name"), "running");
}

TEST_F(FaultyCloudTest, SshdResetsThenIsSilentThenClosesInTheKeyExchange) {
  Serve(R"([{"fault": "sshd_reset", "skip": 1, "times": 1},
            {"fault": "sshd_silent", "skip": 2, "times": 1},
            {"fault": "sshd_closes_key_exchange", "skip": 3, "times": 1}])");
  const std::string address = AddressOf(Launch());  // connection 0
  int fd = -1;
  char chunk[256];
  // The reset may arrive before this process has looked at the connection.
  int error = TryConnect(address, cloud_->ssh_port(), &fd, milliseconds(5000));
  if (error == 0) {
    EXPECT_EQ(recv(fd, chunk, sizeof chunk, 0), -1);
    error = errno;
    close(fd);
  }
  EXPECT_EQ(error, ECONNRESET);
  ASSERT_EQ(TryConnect(address, cloud_->ssh_port(), &fd, milliseconds(5000)), 0);
  const ssize_t n = recv(fd, chunk, sizeof chunk, 0);
  ASSERT_GT(n, 0);
  EXPECT_THAT(std::string(chunk, static_cast<std::size_t>(n)), HasSubstr("SSH-2.0-"));
  EXPECT_EQ(send(fd, "SSH-2.0-x\r\nmore", 15, MSG_NOSIGNAL), 15);
  pollfd wait{fd, POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, 200), 0) << "something more came";
  close(fd);
  EXPECT_THAT(TryLogin(address), HasSubstr("handshake: "));
  AwaitLogin(address);
}

TEST_F(FaultyCloudTest, SshdRejectsTheKeyForLong) {
  Serve(R"([{"fault": "sshd_rejects_key", "ms": 1000}])");
  const std::string address = AddressOf(Launch());
  EXPECT_EQ(TryLogin(address), "login -18");
  AwaitLogin(address);
}

TEST_F(FaultyCloudTest, SshdDropsTheConnectionInsteadOfTheStatus) {
  Serve(R"([{"fault": "sshd_drops_status"}])");
  const std::string address = AddressOf(Launch());
  // libssh2 reports status 0 if it received none. That the connection has ended shows the
  // difference.
  const auto two_commands = [&]() -> std::string {
    try {
      SshTestClient client(address, cloud_->ssh_port());
      if (client.Login(key_) != 0) return "login";
      std::string out = client.Run("echo hello").out;
      out += client.Run("echo again").out;
      return out;
    } catch (const std::runtime_error& failure) {
      return failure.what();
    }
  };
  std::string got;
  WaitUntil("a login", [&] {
    got = two_commands();
    return got != "login";  // during the boot
  });
  // The step that notices it depends on when the end arrives.
  EXPECT_THAT(got, ::testing::AnyOf("no channel", HasSubstr("read: "), HasSubstr("exec: ")));
}

TEST_F(FaultyCloudTest, AReusedAddressIsAnsweredByThePreviousMachine) {
  Serve(R"([{"fault": "reused_address", "ms": 2500, "times": 1}])");
  const std::string id = Launch();
  const std::string address = AddressOf(id);
  const std::string ask_who = "cat /sys/devices/virtual/dmi/id/board_asset_tag";
  std::string first;
  WaitUntil("an answer", [&] { return (first = TryLogin(address, ask_who)).starts_with("i-"); });
  EXPECT_NE(first, id + "\n");
  WaitUntil("the right machine", [&] { return TryLogin(address, ask_who) == id + "\n"; });
}

// Here the clients are at fault, not the cloud: a thousand of them send garbage.
TEST_F(FaultyCloudTest, AThousandGarbageConnectionsLeaveItServing) {
  Serve("[]");
  const std::string address = AddressOf(Launch());
  AwaitLogin(address);
  std::mt19937 random(1);
  const std::vector<std::string> starts = {"", "SSH-2.0-x\r\n", "GET / HTTP/1.1\r\n\r\n",
                                           "SSH-2.0-x\r\n\x00\x00\x01\x0c\x0a\x14", "SSH-1.5-x\n"};
  const std::string url = cloud_->endpoint_url();
  const int http_port = std::stoi(url.substr(url.rfind(':') + 1));
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = starts[static_cast<std::size_t>(i) % starts.size()];
    for (int n = 0; n < 200; ++n) bytes += static_cast<char>(random() % 256);
    for (const auto& [where, port] : {std::pair(address, int{cloud_->ssh_port()}),
                                      std::pair(std::string("127.0.0.1"), http_port)}) {
      int fd = -1;
      ASSERT_EQ(TryConnect(where, port, &fd, milliseconds(10'000)), 0) << i;
      (void)!send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      close(fd);
    }
  }
  AwaitLogin(address);
  EXPECT_EQ(Send("Action=DescribeRegions").status, 200);
}

TEST_F(FaultyCloudTest, TheTruthHasWhatDescribesShowedAndWhichCallsWereRefused) {
  Serve(R"([{"fault": "truncated", "action": "DescribeInstances", "times": 1}])");
  const std::string id = Launch();
  Send("Action=DescribeInstances&InstanceId.1=" + id);  // its answer is no answer
  Describe(id + "&Filter.1.Name=instance-type&Filter.1.Value.1=t3.nano", "instanceId");
  std::vector<std::string> shown{""};
  WaitUntil("running", [&] {
    shown.push_back(Describe(id, "instanceState/name"));
    return shown.back() == "running";
  });
  Describe(id, "instanceState/name");
  EXPECT_EQ(Describe("i-0123456789abcdef0", "instanceId"), "InvalidInstanceID.NotFound");

  const auto truth = nlohmann::json::parse(cloud_->Truth());
  std::vector<std::string> refusals;
  for (const auto& entry : truth) {
    if (entry.contains("error"))
      refusals.push_back(std::string(entry.at("action")) + " " + std::string(entry.at("error")));
    if (entry.at("kind") != "launch") continue;
    EXPECT_EQ(entry.at("instance_id"), id);
    EXPECT_EQ(entry.at("region"), "us-west-2");
    std::vector<std::string> states;
    auto earliest = entry.at("events").at("accepted").get<std::int64_t>();
    for (const auto& answer : entry.at("answers")) {
      EXPECT_EQ(answer.at("action"), "DescribeInstances");
      states.push_back(answer.at("state"));
      EXPECT_GE(answer.at("received").get<std::int64_t>(), earliest);
      earliest = answer.at("sent").get<std::int64_t>();
      EXPECT_GE(earliest, answer.at("received").get<std::int64_t>());
    }
    EXPECT_EQ(states, shown) << "up to the first that shows running";
    EXPECT_GE(earliest, entry.at("events").at("running").get<std::int64_t>());
  }
  EXPECT_THAT(refusals, ::testing::Contains("DescribeInstances InvalidInstanceID.NotFound"));
}

TEST_F(FaultyCloudTest, TheTruthCountsConnectionsAndLogins) {
  Serve("[]");
  const std::string address = AddressOf(Launch());  // its last connection sends nothing
  AwaitLogin(address);
  for (const auto& entry : nlohmann::json::parse(cloud_->Truth())) {
    if (entry.at("kind") != "launch") continue;
    EXPECT_GE(entry.at("logins").get<int>(), 1);
    EXPECT_GT(entry.at("connections").get<int>(), entry.at("logins").get<int>());
    const auto at = [&](const char* event) {
      return entry.at("events").at(event).get<std::int64_t>();
    };
    EXPECT_LE(at("tcp_open"), at("first_connection"));
    EXPECT_LT(at("first_connection"), at("first_login"));
    return;
  }
  FAIL() << "no launch in the truth";
}

TEST_F(FaultyCloudTest, AClockThatIsAheadRefusesWhatIsSignedNow) {
  Serve(R"([{"fault": "clock_skew", "ms": 3600000}])");
  EXPECT_EQ(Ask("Action=DescribeVpcs", "vpcId"), "RequestExpired");
}

}  // namespace
}  // namespace localcloud
