// SSH connections that go wrong before SSH proper, on purpose.
#pragma once

#include <list>
#include <memory>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/machine/machine.h"

struct event_base;

namespace localcloud {

// From the event loop's thread only. Destruction closes what is still open.
class FaultyConnections {
 public:
  explicit FaultyConnections(event_base* base) : base_(base) {}
  FaultyConnections(const FaultyConnections&) = delete;
  FaultyConnections& operator=(const FaultyConnections&) = delete;

  // `kind`: kReset, kSilent or kClosesKeyExchange.
  void Take(OwnedFd connection, SshdFault::Kind kind);

 private:
  struct Held {
    OwnedFd fd;
    SshdFault::Kind kind = SshdFault::Kind::kSilent;
    bool greeted = false;  // the client has said who it is
    std::unique_ptr<FdWatch> watch;
  };
  void Read(std::list<Held>::iterator held);

  event_base* base_;
  std::list<Held> held_;
};

}  // namespace localcloud
