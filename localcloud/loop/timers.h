// Delays on the event loop: a modelled delay is a timer, never a blocked thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

struct event;
struct event_base;

namespace localcloud {

// Use from the event loop's thread only. A timer never fires early. The destructor cancels all
// pending timers.
class Timers {
 public:
  explicit Timers(event_base* base);
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  using Id = std::uint64_t;  // 0: no timer

  // Calls `run` once from the event loop, never from within After(). If `delay` is not positive,
  // that is on the next turn of the loop. A delay of nanoseconds::max() never fires.
  Id After(std::chrono::nanoseconds delay, std::function<void()> run);
  // Does nothing if the timer has fired already.
  void Cancel(Id id);

 private:
  struct Pending;
  static void Fire(int fd, short what, void* pending);

  event_base* base_;
  Id next_id_ = 1;
  std::map<Id, std::unique_ptr<Pending>> pending_;
};

}  // namespace localcloud
