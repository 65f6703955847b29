// A file descriptor watched by the event loop.
#pragma once

#include <functional>

struct event;
struct event_base;

namespace localcloud {

// Calls back while the descriptor is readable or writable (level-triggered), as requested with
// Want(). Does not own the descriptor, which must outlive it. Use from the event loop's thread
// only. May be destroyed in its own callback.
class FdWatch {
 public:
  FdWatch(event_base* base, int fd, std::function<void()> on_event);
  ~FdWatch();
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  // Selects the events to call back for; none at first. Cheap if nothing changes.
  void Want(bool readable, bool writable);

 private:
  static void Fire(int fd, short what, void* watch);

  event_base* base_;
  int fd_;
  std::function<void()> on_event_;
  event* event_ = nullptr;
  short wanted_ = 0;
};

}  // namespace localcloud
