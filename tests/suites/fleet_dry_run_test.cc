// Compares --dry_run of fleets with what the fleets then create.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/suites/fleet_program.h"

namespace suites {
namespace {

using nlohmann::json;

class FleetDryRunTest : public FleetProgramTest {
 protected:
  void ExpectWhatWasAnnounced(const std::string& variant) {
    SCOPED_TRACE(variant);
    ASSERT_EQ(Run(variant, "", {"--dry_run"}), 0) << program_->errors();
    const json plan = Json().at("dry_run");
    ExpectCleanAccount();
    ASSERT_EQ(CountMachines(), 0);
    const json asked = json::parse(cloud_->Truth());

    ASSERT_EQ(Run(variant), 0) << program_->errors();
    const json truth = json::parse(cloud_->Truth());
    EXPECT_EQ(CountMachines(), plan.at("machines"));
    const json& region = plan.at("regions")[0];
    for (const auto& [kind, action] :
         std::map<std::string, std::string>{{"VPC", "CreateVpc"},
                                            {"subnet", "CreateSubnet"},
                                            {"gateway", "CreateInternetGateway"},
                                            {"route table", "CreateRouteTable"},
                                            {"security group", "CreateSecurityGroup"},
                                            {"image", "CreateImage"},
                                            {"bucket", "CreateBucket"},
                                            {"queue", "CreateQueue"}}) {
      EXPECT_EQ(CountCalls(truth, action) - CountCalls(asked, action),
                region.at("creations").value(kind, 0))
          << kind;
    }
    // The permissions of the other services cannot be checked.
    const std::set<std::string> of_ec2{
        "Create",     "Delete",  "Run",      "Start",        "Stop",      "Terminate",
        "Associate",  "Attach",  "Detach",   "Disassociate", "Authorize", "Import",
        "Deregister", "Release", "Allocate", "Modify",       "Revoke",    "Replace"};
    const std::set<std::string> others{"CreateBucket",      "DeleteBucket", "DeleteObject",
                                       "CreateQueue",       "DeleteQueue",  "DeleteMessage",
                                       "DeleteMessageBatch"};
    for (const auto& entry : truth) {
      if (entry.at("kind") != "call") continue;
      const std::string action = entry.at("action");
      const bool changes = std::ranges::any_of(
          of_ec2, [&](const std::string& verb) { return action.starts_with(verb); });
      if (!changes || others.contains(action)) continue;
      EXPECT_TRUE(region.at("permissions").contains(action)) << action;
    }
  }
  int CountMachines() const {
    const json truth = json::parse(cloud_->Truth());
    return static_cast<int>(std::ranges::count_if(
        truth, [](const json& entry) { return entry.at("kind") == "launch"; }));
  }
};

TEST_F(FleetDryRunTest, TheBaselineMakesWhatWasAnnounced) { ExpectWhatWasAnnounced("Baseline"); }

// A variant with a baked image, queues, and many kept resources.
TEST_F(FleetDryRunTest, AllOptimizationsMakeWhatWasAnnounced) {
  ExpectWhatWasAnnounced("AllOptimizations");
}

}  // namespace
}  // namespace suites
