// Reads lines from a FIFO through which a guest talks to its machine.
#pragma once

#include <functional>
#include <string>

#include "localcloud/guest/guest_files.h"
#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/timers.h"

struct event_base;

namespace localcloud {

// Creates the FIFO at `path` in the tree and passes on each line that a guest process writes to it.
// Lines are cut at 4 KiB. A guest that writes without end is read slowly, so that others do not
// wait. Use from the event loop's thread only. May be destroyed in `on_line`.
class GuestLines {
 public:
  // Throws std::runtime_error.
  GuestLines(event_base* base, const GuestFiles& files, const std::string& path,
             std::function<void(const std::string&)> on_line);
  GuestLines(const GuestLines&) = delete;
  GuestLines& operator=(const GuestLines&) = delete;

 private:
  void Read();

  OwnedFd fd_;
  std::function<void(const std::string&)> on_line_;
  FdWatch watch_;
  Timers timers_;
  std::string partial_;
};

}  // namespace localcloud
