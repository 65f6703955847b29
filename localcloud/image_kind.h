// What a directory tree would boot like: read from what is in it, so that baking an image changes
// its modelled times.
#pragma once

#include <string>

namespace localcloud {

// Which entry of the profile's "boot" a tree boots like: "custom_init" where a unit in
// etc/systemd/system orders itself before sshd ("Before=... ssh ..."), else "minimal" without the
// package cloud-init, else "rebaked" for a private image and "al2023" for a public one.
std::string ImageKind(const std::string& tree, bool is_public);

// Packages leave a marker file in etc/localcloud/packages.
bool TreeHasPackage(const std::string& tree, const std::string& package);

}  // namespace localcloud
