#include "localcloud/child_reaper.h"

#include <sys/wait.h>

#include <cerrno>
#include <utility>

namespace localcloud {

ChildReaper::~ChildReaper() {
  for (const Child& child : children_) {
    while (waitpid(child.pid, nullptr, __WALL) < 0 && errno == EINTR) {
    }
  }
}

void ChildReaper::Adopt(pid_t pid, OwnedFd pidfd) {
  if (waitpid(pid, nullptr, WNOHANG | __WALL) != 0) return;  // gone already
  const auto child = children_.insert(children_.end(), Child{pid, std::move(pidfd), nullptr});
  // A pidfd can be read once its process has ended.
  child->watch = std::make_unique<FdWatch>(base_, child->pidfd.get(), [this, child] {
    if (waitpid(child->pid, nullptr, WNOHANG | __WALL) != 0) children_.erase(child);
  });
  child->watch->Want(true, false);
}

}  // namespace localcloud
