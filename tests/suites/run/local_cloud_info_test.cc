#include "suites/run/local_cloud_info.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include "tests/suites/launch_program.h"
#include "tests/support/scripted_http_server.h"

namespace suites {
namespace {

using test_support::LocalCloud;
using testing::HasSubstr;
using testing::Not;

TEST(LocalCloudInfoTest, WhatItSays) {
  const auto info = ReadLocalCloudInfo(
      R"({"cloud": "localcloud", "latencies": "modelled, not measured on AWS", "profile": "ec2",
          "time_scale": 0.05, "seed": 18446744073709551615, "rtt_ms": {"us-west-2": 20.5},
          "ssh_port": 2222})");
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->modelled);
  EXPECT_EQ(info->profile, "ec2");
  EXPECT_EQ(info->time_scale, 0.05);
  EXPECT_EQ(info->seed, 18446744073709551615U);
  EXPECT_EQ(info->rtt_ms.at("us-west-2"), 20.5);
  EXPECT_EQ(info->ssh_port, 2222);
}

TEST(LocalCloudInfoTest, VirtualMachinesAreNotModelledWhateverElseItSays) {
  const std::string start = R"({"cloud": "localcloud", "latencies": "modelled", )";
  const auto info =
      ReadLocalCloudInfo(start + R"("client_address": "10.0.0.1", "machines": {"kind": "qemu"}})");
  ASSERT_TRUE(info);
  EXPECT_FALSE(info->modelled);
  ASSERT_TRUE(info->machines);
  EXPECT_EQ(info->client_address, "10.0.0.1");
  const auto sandbox =
      ReadLocalCloudInfo(start + R"("client_address": "host", "machines": {"kind": "sandbox"}})");
  ASSERT_TRUE(sandbox);
  EXPECT_TRUE(sandbox->modelled);
  EXPECT_FALSE(sandbox->machines);
  EXPECT_EQ(sandbox->client_address, "") << "not an address";
}

TEST(LocalCloudInfoTest, OnlyALocalCloudIsOne) {
  for (const char* answer : {"", "{", "[]", "not found", R"({"cloud": "other"})",
                             R"({"cloud": ["localcloud"]})", R"("localcloud")"})
    EXPECT_FALSE(ReadLocalCloudInfo(answer)) << answer;
}

TEST(LocalCloudInfoTest, WhatMakesNoSenseIsPassedOver) {
  const auto info = ReadLocalCloudInfo(
      R"({"cloud": "localcloud", "latencies": "measured on virtual machines", "profile": 1,
          "time_scale": "fast", "rtt_ms": {"a": "b"}, "ssh_port": 70000})");
  ASSERT_TRUE(info);
  EXPECT_FALSE(info->modelled);
  EXPECT_EQ(info->profile, "");
  EXPECT_EQ(info->time_scale, 1);
  EXPECT_TRUE(info->rtt_ms.empty());
  EXPECT_EQ(info->ssh_port, 22);
}

std::string WhyNotFetched(int status, std::string body) {
  test_support::ScriptedAnswer answer;
  answer.status = status;
  answer.body = std::move(body);
  const test_support::ScriptedHttpServer server({std::move(answer)});
  try {
    return "answered: " +
           FetchFromLocalCloud(server.url(), "/_localcloud/truth", std::chrono::seconds(60), {});
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(LocalCloudInfoTest, AnAnswerThatCannotBeFetchedSaysWhy) {
  EXPECT_EQ(WhyNotFetched(200, "[]"), "answered: []");
  EXPECT_EQ(WhyNotFetched(503, ""), "the answer's status is 503");
  EXPECT_EQ(WhyNotFetched(200, std::string((std::size_t{64} << 20) + 1, ' ')),
            "the answer is too large");
}

using LocalCloudEndpointTest = LaunchProgramTest;

TEST_F(LocalCloudEndpointTest, IsMarkedAsModelledAndNamesItsSshPort) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0.01", "--rtt=0ms", "--seed=7"});
  auto run = Start({"--benchmark_filter=^Cold/", "--benchmark_repetitions=1",
                    "--endpoint_url=" + cloud.endpoint_url()},
                   cloud.Environment());
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  const auto context = Json().at("context");
  EXPECT_EQ(context.at("cloud"), "endpoint");
  EXPECT_EQ(context.at("modelled"), "true");
  EXPECT_EQ(context.at("profile"), "ec2");
  EXPECT_EQ(context.at("time_scale"), "0.01");
  EXPECT_EQ(context.at("seed"), "7");
  EXPECT_EQ(context.at("rtt_ms"), "0");
  EXPECT_THAT(run->output(), HasSubstr("MODELLED: "));
  EXPECT_THAT(run->output(), HasSubstr("Results (MODELLED)"));
  EXPECT_THAT(run->output(), HasSubstr("profile ec2, time scale 0.01, seed 7"));
}

TEST_F(LocalCloudEndpointTest, AGivenPortWins) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms"});
  // No server listens on port 1.
  auto run = Start({"--benchmark_filter=^Cold/", "--benchmark_repetitions=1", "--ssh_port=1",
                    "--launch_timeout=2s", "--endpoint_url=" + cloud.endpoint_url()},
                   cloud.Environment());
  EXPECT_EQ(run->Wait(), 1);
  EXPECT_THAT(run->output(), HasSubstr("launch 1 failed: "));
}

}  // namespace
}  // namespace suites
