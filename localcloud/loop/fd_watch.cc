#include "localcloud/loop/fd_watch.h"

#include <event2/event.h>

#include <new>
#include <utility>

namespace localcloud {

FdWatch::FdWatch(event_base* base, int fd, std::function<void()> on_event)
    : base_(base), fd_(fd), on_event_(std::move(on_event)) {}

FdWatch::~FdWatch() {
  if (event_ != nullptr) event_free(event_);
}

void FdWatch::Want(bool readable, bool writable) {
  const auto wanted = static_cast<short>((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));
  if (wanted == wanted_) return;
  if (event_ != nullptr) event_free(std::exchange(event_, nullptr));
  wanted_ = wanted;
  if (wanted == 0) return;
  event_ = event_new(base_, fd_, static_cast<short>(wanted | EV_PERSIST), &FdWatch::Fire, this);
  if (event_ == nullptr || event_add(event_, nullptr) != 0) throw std::bad_alloc();
}

void FdWatch::Fire(int, short, void* watch) {
  // A copy, because the callback may destroy the watch.
  const std::function<void()> on_event = static_cast<FdWatch*>(watch)->on_event_;
  on_event();
}

}  // namespace localcloud
