// Waits for child processes that were told to end, without blocking the event loop.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <list>
#include <memory>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"

struct event_base;

namespace localcloud {

// Makes this process the parent of orphaned descendants (PR_SET_CHILD_SUBREAPER), so that they can
// be found and ended. Use from the event loop's thread only. The destructor blocks until all
// remaining children have ended, so kill them first. They may end in any order: the first process
// of a sandbox ends only after the others in it were waited for.
class ChildReaper {
 public:
  explicit ChildReaper(event_base* base);
  ~ChildReaper();
  ChildReaper(const ChildReaper&) = delete;
  ChildReaper& operator=(const ChildReaper&) = delete;

  // Takes over the waiting for `pid`. Requires: `pid` is a child of this process, `pidfd` refers to
  // it, and nothing else waits for it.
  void Adopt(pid_t pid, OwnedFd pidfd);

 private:
  struct Child {
    pid_t pid;
    OwnedFd pidfd;
    std::unique_ptr<FdWatch> watch;
  };
  void Collect();
  // Blocks until one of the children has ended, or `patience` has passed.
  void WaitForAny(std::chrono::milliseconds patience) const;

  event_base* base_;
  std::list<Child> children_;
};

}  // namespace localcloud
