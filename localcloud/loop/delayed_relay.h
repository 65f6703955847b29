// Models the network distance between a client and a machine.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "localcloud/loop/owned_fd.h"

struct event_base;

namespace localcloud {

// Passes bytes between two stream sockets, in order. Each byte, and each end of stream, arrives
// `one_way` after it was sent. Bandwidth is not limited, but at most a few MiB are in flight at
// once. Use from the event loop's thread only.
class DelayedRelay {
 public:
  // `on_end` is called once, from the event loop, when both directions have ended or one is broken.
  // It may destroy the relay.
  DelayedRelay(event_base* base, std::chrono::nanoseconds one_way, OwnedFd client, OwnedFd server,
               std::function<void()> on_end);
  ~DelayedRelay();
  DelayedRelay(const DelayedRelay&) = delete;
  DelayedRelay& operator=(const DelayedRelay&) = delete;

 private:
  class Direction;
  void OnDirectionEnd();

  OwnedFd client_;
  OwnedFd server_;
  std::function<void()> on_end_;
  std::unique_ptr<Direction> up_;
  std::unique_ptr<Direction> down_;
};

}  // namespace localcloud
