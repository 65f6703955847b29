#include "localcloud/loop/child_reaper.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <utility>
#include <vector>

namespace localcloud {

ChildReaper::ChildReaper(event_base* base) : base_(base) {
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

ChildReaper::~ChildReaper() {
  while (Collect(), !children_.empty()) WaitForAny(std::chrono::seconds(1));
}

void ChildReaper::Collect() {
  children_.remove_if(
      [](const Child& child) { return waitpid(child.pid, nullptr, WNOHANG | __WALL) != 0; });
}

void ChildReaper::WaitForAny(std::chrono::milliseconds patience) const {
  std::vector<pollfd> ends;
  for (const Child& child : children_) ends.push_back({child.pidfd.get(), POLLIN, 0});
  poll(ends.data(), ends.size(), static_cast<int>(patience.count()));
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
