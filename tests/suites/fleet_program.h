// Runs fleets with launch_bench, on a local cloud of the test.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "aws/ec2.h"
#include "aws/s3.h"
#include "aws/sqs.h"
#include "fixtures/process/child_command.h"
#include "tests/suites/launch_program.h"

namespace suites {

// Keys of a --fleet_config for a fleet of one bastion, one orchestrator and one runner.
inline constexpr char kSmallFleet[] =
    R"("runners": 1, "local_runners": 1, "tasks": 3, "slow_poll": 0.2, "task_command": "true",
    "recipes": {"load-workload-here": "mkdir -p \"$FLEET_WORKLOAD\" && echo x > \"$FLEET_WORKLOAD/x\""})";

// Skipped if Redis is not installed.
class FleetProgramTest : public LaunchProgramTest {
 protected:
  void SetUp() override {
    if (!fixtures::IsOnPath("redis-server") || !fixtures::IsOnPath("redis-cli"))
      GTEST_SKIP() << "no redis-server and redis-cli here";
    StartCloud({});
  }

  // `faults` are the entries of a faults file.
  void StartCloud(std::vector<std::string> flags, const std::string& faults = "") {
    flags.insert(flags.begin(), {"--time_scale=0.002", "--rtt=0"});
    if (!faults.empty()) flags.push_back("--faults=" + WriteFile("faults.json", faults));
    cloud_ = std::make_unique<test_support::LocalCloud>(Program("localcloud"), flags);
  }

  // `config` holds keys of a fleet's configuration; they come before those of kSmallFleet.
  void StartFleet(const std::string& variant, const std::string& config = "",
                  std::vector<std::string> flags = {}) {
    auto keys = nlohmann::json::parse(std::string("{") + kSmallFleet + "}");
    keys.merge_patch(nlohmann::json::parse("{" + config + "}"));
    // Local clouds of tests that run at the same time use the same machine addresses, but other SSH
    // ports.
    keys["queue_port"] = cloud_->ssh_port() - 22'000;
    const std::string text = keys.dump();
    flags.insert(flags.begin(),
                 {"--benchmark_filter=Fleet/" + variant + "/", "--benchmark_repetitions=1",
                  "--fleet_config=" + WriteFile("fleet.json", text)});
    program_ = StartAt(*cloud_, std::move(flags));
  }
  int Wait() { return program_->Wait(std::chrono::seconds(240)); }
  int Run(const std::string& variant, const std::string& config = "",
          std::vector<std::string> flags = {}) {
    StartFleet(variant, config, std::move(flags));
    return Wait();
  }
  std::string FirstFailure(const std::string& variant) const {
    const auto runs = Repetitions("Fleet/" + variant);
    return runs.empty() ? "nothing was reported" : runs[0].value("error_message", "");
  }

  std::shared_ptr<aws::Client> Client(const std::string& service) const {
    aws::ClientConfig config;
    config.service = service;
    config.region = cloud_->region();
    config.endpoint_url = cloud_->endpoint_url();
    config.credentials = {cloud_->access_key_id(), cloud_->secret_access_key(), "", "test"};
    return std::make_shared<aws::Client>(std::move(config));
  }
  // Returns the machines of fleets whose name ends with `name` ("runners").
  std::vector<aws::Instance> Machines(const std::string& name) const {
    auto machines =
        aws::Ec2(Client("ec2")).DescribeInstances({{"tag-key", {"launch-bench:fleet"}}}, {});
    std::erase_if(machines, [&](const aws::Instance& machine) {
      return std::ranges::none_of(machine.tags, [&](const aws::Tag& tag) {
        return tag.key == "Name" && tag.value.ends_with("-" + name);
      });
    });
    return machines;
  }
  // Blocks until one of them is in `state`; a machine that is "pending" only for a moment may be
  // seen "running" instead. Throws if that takes too long.
  aws::Instance AwaitMachine(const std::string& name, const std::string& state) const {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    std::string last;
    while (std::chrono::steady_clock::now() < give_up) {
      last.clear();
      for (const aws::Instance& machine : Machines(name)) {
        const bool later = state == "pending" && machine.state == "running";
        if (machine.state == state || later) return machine;
        last += " " + machine.instance_id + " is " + machine.state;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    throw std::runtime_error("no " + name + " is " + state + ":" + last + "; " +
                             program_->output() + program_->errors());
  }

  void ExpectCleanAccount() const { EXPECT_THAT(cloud_->Held(), testing::IsEmpty()); }

  std::unique_ptr<test_support::LocalCloud> cloud_;
  std::unique_ptr<test_support::ChildProcess> program_;
};

}  // namespace suites
