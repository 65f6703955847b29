// Child processes that have been told to end, and are waited for without blocking the event loop.
#pragma once

#include <sys/types.h>

#include <list>
#include <memory>

#include "localcloud/fd_watch.h"
#include "localcloud/owned_fd.h"

struct event_base;

namespace localcloud {

// From the event loop's thread only. Destruction waits for those that are left: kill them first.
class ChildReaper {
 public:
  explicit ChildReaper(event_base* base) : base_(base) {}
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
  event_base* base_;
  std::list<Child> children_;
};

}  // namespace localcloud
