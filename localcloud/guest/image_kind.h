// What a directory tree would boot like: read from what is in it, so that baking an image changes
// its modelled times.
#pragma once

#include <string>

namespace localcloud {

// Which entry of the profile's "boot" a tree boots like: "custom_init" where an enabled unit in
// etc/systemd/system orders itself before sshd, else "minimal" without cloud-init (removed, or
// disabled by etc/cloud/cloud-init.disabled), else "rebaked" for a private image and "al2023" for a
// public one. Throws std::runtime_error where there is no such tree.
std::string ImageKind(const std::string& tree, bool is_public);

// What cloud-init leaves in a tree once an instance's first boot has come to its end.
inline constexpr char kFirstBootEnd[] = "var/lib/cloud/instance/boot-finished";
// Whether cloud-init would go on with an instance's first boot.
bool FirstBootIsUnfinished(const std::string& tree);

// Packages leave a marker file in etc/localcloud/packages.
bool TreeHasPackage(const std::string& tree, const std::string& package);

}  // namespace localcloud
