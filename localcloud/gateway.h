// The cloud's HTTP endpoint: verifies signatures, passes requests to the services, and answers
// after the modelled time.
#pragma once

#include <memory>

#include "localcloud/loop/owned_fd.h"

struct event_base;

namespace localcloud {

class Cloud;

// Signed requests are API calls. These requests are unsigned:
//
//   GET /ping                  answered as EC2's front ends do, after the round trip alone
//   GET /_localcloud/truth     what really happened (truth.h)
//   GET /_localcloud/info      a JSON object that describes what is modelled
//   GET /_localcloud/account   the ids of the account's resources in each region ("regions"), its
//                              "buckets", and the number of injected "faults"
//
// /_localcloud/ is for tests and tools on this machine. It has no modelled delay, and is refused to
// guests and web pages. Any request is refused if its Host header does not name this host
// (request_origin.h).
class Gateway {
 public:
  // Takes over `listener` (http/http_server.h). Throws std::runtime_error. `cloud` must outlive
  // this object.
  Gateway(event_base* base, Cloud* cloud, OwnedFd listener);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Answers at another listening socket, too.
  void ListenAlso(OwnedFd listener);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
