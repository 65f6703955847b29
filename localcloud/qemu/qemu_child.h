// Starts QEMU with as few rights as possible.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

// A child of this process. Only the owner of this object waits for it.
struct QemuChild {
  pid_t pid = -1;
  OwnedFd pidfd;
};

// Runs `program` with `descriptors[i]` as its descriptor i, and without any other; -1 stands for
// /dev/null. It has no environment, no capabilities, and its own session; it dumps no core and
// cannot gain rights. If this process may, the child has a network namespace of its own, in which
// there is nothing. If this process is root and its user namespace has all users, the child is a
// user of its own in the group nogroup, also in that of /dev/kvm if `kvm`. It is killed when the
// calling thread ends, however that happens.
//
// Blocks for as long as fork() takes. If the program does not start after all, the child writes why
// to its descriptor 2 and ends. Throws std::runtime_error.
QemuChild StartQemuChild(const std::string& program, const std::vector<std::string>& arguments,
                         const std::vector<int>& descriptors, bool kvm);

// Returns true if StartQemuChild() changes the user.
bool QemuHasOwnUser();

}  // namespace localcloud
