// Decides how a directory tree boots. The decision depends on the tree's content, so baking an
// image changes its modelled times.
#pragma once

#include <string>

namespace localcloud {

// Returns the entry of the profile's "boot" that applies to a tree. "custom_init": an enabled unit
// in etc/systemd/system orders itself before sshd. Otherwise "minimal": no cloud-init (removed, or
// disabled by etc/cloud/cloud-init.disabled). Otherwise "rebaked" for a private image and "al2023"
// for a public one. Throws std::runtime_error if the tree does not exist.
std::string ImageKind(const std::string& tree, bool is_public);

// The file that cloud-init leaves in a tree at the end of an instance's first boot.
inline constexpr char kFirstBootEnd[] = "var/lib/cloud/instance/boot-finished";
// Returns true if cloud-init would continue an instance's first boot.
bool FirstBootIsUnfinished(const std::string& tree);

// Returns true if the package is installed: packages leave a marker file in
// etc/localcloud/packages.
bool TreeHasPackage(const std::string& tree, const std::string& package);

}  // namespace localcloud
