// Takes the connections of a listening socket.
#pragma once

#include <functional>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/timers.h"

struct event_base;

namespace localcloud {

// Whether accept() failed because descriptors or memory have run out: a connection waits in the
// queue, so that the socket stays readable, and trying again at once would spin.
bool IsShortage(int error);

// Says on standard error, at most every ten seconds, that connections wait for want of descriptors
// or memory, and what to do. From the event loop's thread only.
void ReportShortage(int error);

// How long to leave a listener alone after a shortage.
constexpr std::chrono::milliseconds kShortagePause{100};

// Calls back with each connection, non-blocking. During a shortage it waits instead of spinning,
// and says so (ReportShortage). From the event loop's thread only. May be destroyed in its own
// callback.
class Acceptor {
 public:
  // Does not own `listener`, which must outlive it.
  Acceptor(event_base* base, int listener, std::function<void(OwnedFd connection)> on_connection);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // With false, new connections wait in the kernel's queue.
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
