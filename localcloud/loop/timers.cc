#include "localcloud/loop/timers.h"

#include <event2/event.h>

#include <new>
#include <utility>

namespace localcloud {

struct Timers::Pending {
  Timers* timers = nullptr;
  Id id = 0;
  event* timer = nullptr;
  std::function<void()> run;

  ~Pending() {
    if (timer != nullptr) event_free(timer);
  }
};

Timers::Timers(event_base* base) : base_(base) {}
Timers::~Timers() = default;

Timers::Id Timers::After(std::chrono::nanoseconds delay, std::function<void()> run) {
  const Id id = next_id_++;
  if (delay == std::chrono::nanoseconds::max()) return id;
  auto pending = std::make_unique<Pending>();
  pending->timers = this;
  pending->id = id;
  pending->run = std::move(run);
  pending->timer = event_new(base_, -1, 0, &Timers::Fire, pending.get());
  if (pending->timer == nullptr) throw std::bad_alloc();
  timeval wait{};
  if (delay.count() > 0) {
    const auto whole = std::chrono::ceil<std::chrono::microseconds>(delay);
    wait.tv_sec = static_cast<time_t>(whole.count() / 1'000'000);
    wait.tv_usec = static_cast<suseconds_t>(whole.count() % 1'000'000);
  }
  event_add(pending->timer, &wait);
  pending_.emplace(id, std::move(pending));
  return id;
}

void Timers::Cancel(Id id) { pending_.erase(id); }

void Timers::Fire(int, short, void* argument) {
  auto* pending = static_cast<Pending*>(argument);
  // Removed before the call, because `run` may set and cancel timers.
  const std::function<void()> run = std::move(pending->run);
  pending->timers->pending_.erase(pending->id);
  run();
}

}  // namespace localcloud
