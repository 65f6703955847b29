// Accepts the connections of a listening socket.
#pragma once

#include <functional>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/timers.h"

struct event_base;

namespace localcloud {

// Returns true if accept() failed with `error` because descriptors or memory have run out. The
// connection then stays in the queue and the socket stays readable, so an immediate retry would
// spin.
bool IsShortage(int error);

// Reports on standard error that new connections wait because descriptors or memory have run out,
// and what to do. Prints at most one line every ten seconds. Call from the event loop's thread
// only.
void ReportShortage(int error);

// How long to leave a listener alone after a shortage.
constexpr std::chrono::milliseconds kShortagePause{100};

// Calls back with each new connection, which is non-blocking. During a shortage it waits instead of
// spinning, and reports it (ReportShortage). Use from the event loop's thread only. May be
// destroyed in its own callback.
class Acceptor {
 public:
  // Does not own `listener`, which must outlive it.
  Acceptor(event_base* base, int listener, std::function<void(OwnedFd connection)> on_connection);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // If false, new connections wait in the kernel's queue.
  void Take(bool wanted);

 private:
  void Accept();

  int listener_;
  std::function<void(OwnedFd)> on_connection_;
  bool wanted_ = true;
  FdWatch watch_;
  Timers timers_;
};

}  // namespace localcloud
