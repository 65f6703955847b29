#include "suites/print_iam_policy.h"

#include <fmt/format.h>

#include <iostream>
#include <stdexcept>

#include "aws/iam_policy.h"
#include "fixtures/fleet/fleet_settings.h"
#include "suites/report/message.h"

namespace suites {

void PrintIamPolicy(const CommandLine& line) {
  aws::IamPolicyScope scope;
  scope.partition = aws::PartitionOf(line.launch.regions.front());
  for (const std::string& region : line.launch.regions) {
    if (aws::PartitionOf(region) != scope.partition) {
      throw UsageError(
          fmt::format("--print_iam_policy: {} and {} are in different partitions, which share no "
                      "account; print a policy for each",
                      line.launch.regions.front(), region));
    }
  }
  for (const std::string& profile : {line.launch.iam_instance_profile,
                                     fixtures::fleet::SettingsOf(line.launch).instance_profile}) {
    if (!profile.empty()) scope.instance_profiles.push_back(profile);
  }
  scope.spot = line.wants_fleet;
  try {
    std::cout << aws::IamPolicy(scope);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--print_iam_policy: {}", error.what()));
  }
  if (scope.instance_profiles.empty()) return;
  Say("launch_bench: iam:PassRole is for a role that has the instance profile's name; if "
      "`aws iam get-instance-profile` shows another role, put the name of that role into the "
      "policy");
}

}  // namespace suites
