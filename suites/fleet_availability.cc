#include "suites/fleet_availability.h"

#include <fmt/format.h>

#include "fixtures/fleet/fleet.h"
#include "fixtures/fleet/fleet_settings.h"
#include "fixtures/fleet/fleet_variants.h"
#include "fixtures/process/child_command.h"

namespace suites {

std::string WhyFleetCannotRun(const fixtures::LaunchFixture& fixture, const CommandLine& line) {
  const auto* fleet = dynamic_cast<const fixtures::fleet::Fleet*>(&fixture);
  if (fleet == nullptr) return "";
  const auto& settings = fixtures::fleet::SettingsOf(line.launch);
  const bool local = line.starts_local_cloud();
  // Guests of the modelled cloud are processes on this machine, so they use this machine's Redis.
  const bool shares_redis = local && !line.starts_virtual_machines();
  const bool needs_client = shares_redis || settings.local_runners > 0;
  for (const auto& [program, is_needed] :
       {std::pair("redis-cli", needs_client), std::pair("redis-server", shares_redis)}) {
    if (is_needed && !fixtures::IsOnPath(program))
      return fmt::format("{} is not installed here; install redis-server", program);
  }
  if (fixtures::fleet::IsOfTerraform(fleet->variant()) && !fixtures::IsOnPath("terraform"))
    return "terraform is not installed here";
  const bool has_profile =
      !settings.instance_profile.empty() || !line.launch.iam_instance_profile.empty();
  if (fleet->variant() == fixtures::fleet::kManagedQueue && !local && !has_profile) {
    return "its runners need an instance profile; name one in --fleet_config "
           "(\"instance_profile\", docs/fleet.md)";
  }
  return "";
}

}  // namespace suites
