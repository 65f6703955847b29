// SSH connections with deliberate faults before authentication.
#pragma once

#include <list>
#include <memory>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/machine/machine.h"

struct event_base;

namespace localcloud {

// Use from the event loop's thread only. The destructor closes all open connections.
class FaultyConnections {
 public:
  explicit FaultyConnections(event_base* base) : base_(base) {}
  FaultyConnections(const FaultyConnections&) = delete;
  FaultyConnections& operator=(const FaultyConnections&) = delete;

  // Takes over a connection. `kind` is kReset, kSilent or kClosesKeyExchange.
  void Take(OwnedFd connection, SshdFault::Kind kind);

 private:
  struct Held {
    OwnedFd fd;
    SshdFault::Kind kind = SshdFault::Kind::kSilent;
    bool greeted = false;  // the client has sent its version line
    std::unique_ptr<FdWatch> watch;
  };
  void Read(std::list<Held>::iterator held);

  event_base* base_;
  std::list<Held> held_;
};

}  // namespace localcloud
