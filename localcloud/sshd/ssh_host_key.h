// A machine's SSH host key.
#pragma once

#include <memory>
#include <string>

#include "localcloud/guest/guest_files.h"

struct ssh_key_struct;

namespace localcloud {

struct SshKeyFree {
  void operator()(ssh_key_struct* key) const;
};
using SshKeyPtr = std::unique_ptr<ssh_key_struct, SshKeyFree>;

// Returns the Ed25519 host key in the tree (etc/ssh/ssh_host_ed25519_key). Creates it if it does
// not exist, as at the first boot of an image whose host keys were removed. Throws
// std::runtime_error.
SshKeyPtr LoadHostKey(const GuestFiles& files);

// Returns "SHA256:...", as ssh-keygen -l prints it. Throws std::runtime_error.
std::string Fingerprint(ssh_key_struct* key);

}  // namespace localcloud
