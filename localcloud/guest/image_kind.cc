#include "localcloud/guest/image_kind.h"

#include <algorithm>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/systemd_units.h"

namespace localcloud {

bool TreeHasPackage(const std::string& tree, const std::string& package) {
  return GuestFiles(tree).Exists("etc/localcloud/packages/" + package);
}

bool FirstBootIsUnfinished(const std::string& tree) {
  const GuestFiles files(tree);
  return files.Exists("etc/localcloud/packages/cloud-init") &&
         !files.Exists("etc/cloud/cloud-init.disabled") && !files.Exists(kFirstBootEnd);
}

std::string ImageKind(const std::string& tree, bool is_public) {
  const GuestFiles files(tree);
  const auto units = EnabledUnits(files);
  const bool early_unit = std::any_of(units.begin(), units.end(),
                                      [](const SystemdUnit& unit) { return unit.before_sshd; });
  if (early_unit) return "custom_init";
  const bool cloud_init = files.Exists("etc/localcloud/packages/cloud-init") &&
                          !files.Exists("etc/cloud/cloud-init.disabled");
  if (!cloud_init) return "minimal";
  return is_public ? "al2023" : "rebaked";
}

}  // namespace localcloud
