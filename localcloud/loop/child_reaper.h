// Child processes that have been told to end, and are waited for without blocking the event loop.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <list>
#include <memory>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"

struct event_base;

namespace localcloud {

// Makes this process the parent of whatever its children leave behind (PR_SET_CHILD_SUBREAPER), so
// that it can be found and ended. From the event loop's thread only. Destruction waits for those
// that are left, in whatever order they end (the first process of a sandbox ends only once the
// others there have been waited for): kill them first.
class ChildReaper {
 public:
  explicit ChildReaper(event_base* base);
  ~ChildReaper();
  ChildReaper(const ChildReaper&) = delete;
  ChildReaper& operator=(const ChildReaper&) = delete;

  // `pidfd` refers to `pid`, a child of this process that nobody has waited for.
  void Adopt(pid_t pid, OwnedFd pidfd);

 private:
  struct Child {
    pid_t pid;
    OwnedFd pidfd;
    std::unique_ptr<FdWatch> watch;
  };
  void Collect();
  // Until one of the children has ended.
  void WaitForAny(std::chrono::milliseconds patience) const;

  event_base* base_;
  std::list<Child> children_;
};

}  // namespace localcloud
