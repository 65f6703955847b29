// A cloud without sockets: tests call API handlers directly, and machines boot on timers alone.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <pugixml.hpp>
#include <set>
#include <string>
#include <vector>

#include "localcloud/cloud.h"
#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/state/instance.h"
#include "localcloud/guest/tree_volumes.h"
#include "localcloud/loop/temporary_directory.h"
#include "localcloud/loop/timers.h"
#include "tests/localcloud/test_loop.h"

namespace localcloud {

// Records what the cloud asked of a machine.
struct FakeMachineLog {
  bool takes_its_time = false;  // is on, and off, only when the test says so
  int ingress_changes = 0;
  std::vector<BootPlan> boots;
  std::vector<bool> power_offs;  // keep_memory
  std::vector<std::string> pushed_keys;
  MachineObserver* observer = nullptr;
  MachineIdentity identity;
};

// Boots at the plan's times, as a real machine does, but has no address.
class FakeMachine : public Machine {
 public:
  FakeMachine(event_base* base, std::shared_ptr<FakeMachineLog> log)
      : base_(base), log_(std::move(log)) {}

  void PowerOn(const BootPlan& plan) override {
    log_->boots.push_back(plan);
    timers_ = std::make_unique<Timers>(base_);
    if (!log_->takes_its_time) log_->observer->OnRunning(Clock::now());
    timers_->After(plan.closed_after, [this] { log_->observer->OnTcpClosed(Clock::now()); });
    timers_->After(plan.open_after, [this] { log_->observer->OnTcpOpen(Clock::now()); });
    timers_->After(plan.ready_after, [this] { log_->observer->OnSshReady(Clock::now()); });
  }
  void PowerOff() override {
    timers_.reset();
    log_->power_offs.push_back(false);
  }
  void ShutDown(bool keep_memory) override {
    timers_.reset();
    log_->power_offs.push_back(keep_memory);
    if (!log_->takes_its_time) log_->observer->OnPoweredOff(Clock::now());
  }
  void IngressChanged() override { ++log_->ingress_changes; }
  void PushKey(const std::string& user, const std::string& line, Clock::time_point) override {
    log_->pushed_keys.push_back(user + " " + line);
  }

 private:
  event_base* base_;
  std::shared_ptr<FakeMachineLog> log_;
  std::unique_ptr<Timers> timers_;
};

using FakeMachineLogs = std::map<std::string, std::shared_ptr<FakeMachineLog>>;  // by instance id
using FakeHolds = std::multiset<std::string>;                                    // held addresses

class FakeMachineFactory : public MachineFactory {
 public:
  FakeMachineFactory(event_base* base, FakeMachineLogs* logs, FakeHolds* holds,
                     const bool* machines_take_their_time)
      : base_(base),
        logs_(logs),
        holds_(holds),
        machines_take_their_time_(machines_take_their_time) {}

  const RootVolumes& volumes() const override { return volumes_; }
  std::unique_ptr<Machine> Create(const MachineIdentity& identity,
                                  MachineObserver* observer) override {
    auto log = std::make_shared<FakeMachineLog>();
    log->takes_its_time = *machines_take_their_time_;
    log->observer = observer;
    log->identity = identity;
    (*logs_)[identity.instance_id] = log;
    return std::make_unique<FakeMachine>(base_, log);
  }
  std::unique_ptr<AddressHold> Hold(const std::string& address) override {
    struct FakeHold : AddressHold {
      FakeHold(FakeHolds* all, std::string held) : holds(all), address(std::move(held)) {
        holds->insert(address);
      }
      ~FakeHold() override { holds->erase(holds->find(address)); }
      FakeHolds* holds;
      std::string address;
    };
    return std::make_unique<FakeHold>(holds_, address);
  }

 private:
  const TreeVolumes volumes_;
  event_base* base_;
  FakeMachineLogs* logs_;
  FakeHolds* holds_;
  const bool* machines_take_their_time_;
};

// Times are a thousandth of the profile's, so that a launch takes some milliseconds. Nothing lags
// behind and request rates are not limited; tests of those use another profile.
class CloudTest : public ::testing::Test {
 protected:
  explicit CloudTest(const std::string& profile = "prompt", double time_scale = 0.001) {
    base_image_ = directory_.path() + "/base";
    std::filesystem::create_directories(base_image_ + "/etc/localcloud/packages");
    for (const std::string package : {"cloud-init", "ec2-instance-connect", "openssh-server"}) {
      std::ofstream(base_image_ + "/etc/localcloud/packages/" + package).close();
    }
    CloudOptions options;
    options.profile = LatencyProfile::Load(profile);
    options.time_scale = time_scale;
    options.directory = directory_.path() + "/cloud";
    std::filesystem::create_directories(options.directory);
    const PublicImages images = {{"al2023-ami-2023.10.20260105.0-kernel-6.1",
                                  "Amazon Linux 2023 as the local cloud models it", base_image_},
                                 {"al2023-ami-ecs-hvm-2023.0.20260105-kernel-6.1",
                                  "Amazon Linux 2023 as the local cloud models it", base_image_}};
    options.public_images = {{"x86_64", images}, {"arm64", images}};
    options.ssh_port = 2222;
    cloud_ = std::make_unique<Cloud>(loop_.base(), options, [this](std::chrono::nanoseconds) {
      return std::make_unique<FakeMachineFactory>(loop_.base(), &machines_, &holds_,
                                                  &machines_take_their_time_);
    });
  }

  Region& region(const std::string& name = "us-west-2") { return *cloud_->FindRegion(name); }

  // Calls an operation with its parameters as a form. Returns the answer's children below one root.
  // Throws ApiError.
  pugi::xml_document Run(const std::string& action, const std::string& form,
                         const std::string& region_name = "us-west-2") {
    const QueryParameters parameters = QueryParameters::Parse(form);
    XmlWriter xml;
    xml.Open("answer", {});
    Call call{region(region_name), parameters, xml, Clock::now()};
    actions_.at(action).run(call);
    xml.Close("answer");
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(xml.text().c_str())) << xml.text();
    return document;
  }

  // Returns the texts that `xpath` finds in an operation's answer.
  std::vector<std::string> Texts(const std::string& action, const std::string& form,
                                 const std::string& xpath) {
    std::vector<std::string> texts;
    const auto answer = Run(action, form);
    for (const auto& found : answer.select_nodes(xpath.c_str())) {
      texts.emplace_back(found.node().text().get());
    }
    return texts;
  }
  // Returns the first of them; "" if there is none.
  std::string Text(const std::string& action, const std::string& form, const std::string& xpath) {
    const auto texts = Texts(action, form, xpath);
    return texts.empty() ? "" : texts.front();
  }

  // Returns the code that an operation fails with; "none" if it succeeds.
  std::string CodeOf(const std::string& action, const std::string& form) {
    try {
      Run(action, form);
    } catch (const ApiError& error) {
      return error.code();
    }
    return "none";
  }

  std::string image_id() const { return PublicImageId("us-west-2", "x86_64"); }
  std::string LaunchForm() const {
    return "ImageId=" + image_id() + "&InstanceType=m7i.large&MinCount=1&MaxCount=1";
  }
  // Starts one instance and returns its id.
  std::string Launch(const std::string& more = "") {
    return Run("RunInstances", LaunchForm() + more)
        .select_node("//instancesSet/item/instanceId")
        .node()
        .text()
        .get();
  }
  // Returns the text of the first node that `xpath` finds in DescribeInstances of `id`.
  std::string Describe(const std::string& id, const std::string& xpath) {
    return Run("DescribeInstances", "InstanceId.1=" + id)
        .select_node(xpath.c_str())
        .node()
        .text()
        .get();
  }
  std::string StateOf(const std::string& id) {
    return Describe(id, "//instancesSet/item/instanceState/name");
  }
  void WaitForState(const std::string& id, const std::string& state) {
    loop_.RunUntil([&] { return StateOf(id) == state; });
  }
  // Opens the default group to SSH from this host.
  void AdmitSsh() {
    Run("AuthorizeSecurityGroupIngress",
        "GroupName=default&IpProtocol=tcp&FromPort=22&ToPort=22&CidrIp=127.0.0.0/8");
  }

  TestLoop loop_;
  FakeMachineLogs machines_;
  FakeHolds holds_;
  bool machines_take_their_time_ = false;  // those that are launched from now on
  TemporaryDirectory directory_;
  std::string base_image_;
  ActionTable actions_ = AllActions();
  std::unique_ptr<Cloud> cloud_;  // last, and so destroyed first
};

}  // namespace localcloud
