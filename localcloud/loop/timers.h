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

// From the event loop's thread only. A timer never fires before its time. Destruction drops what
// has not fired.
class Timers {
 public:
  explicit Timers(event_base* base);
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  using Id = std::uint64_t;  // 0: no timer

  // Calls `run` once from the event loop, never from within After(); at once (the next turn) where
  // `delay` is not positive. A delay of Duration::max() never fires.
  Id After(std::chrono::nanoseconds delay, std::function<void()> run);
  // Does nothing for what has fired already.
  void Cancel(Id id);

 private:
  struct Pending;
  static void Fire(int fd, short what, void* pending);

  event_base* base_;
  Id next_id_ = 1;
  std::map<Id, std::unique_ptr<Pending>> pending_;
};

}  // namespace localcloud
