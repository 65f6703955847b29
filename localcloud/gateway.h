// The cloud's front end: takes HTTP requests, checks who sent them, and answers after the modelled
// time.
#pragma once

#include <cstdint>
#include <memory>

struct event_base;

namespace localcloud {

class Cloud;

// Signed POST (or GET) to / are API calls. Unsigned, and answered at once but for the round trip:
// GET /ping, as EC2's front ends answer it. Unsigned and for tests and tools on this machine,
// without any modelled delay: GET /_localcloud/truth (truth.h) and GET /_localcloud/info, a JSON
// object that says what is modelled;
// GET /_localcloud/account: the ids of what the account has in each region ("regions"), its
// "buckets", and how many "faults" were injected. These are refused to guests and to web pages, as
// is everything whose Host header is not loopback's (request_origin.h).
class Gateway {
 public:
  // Listens on 127.0.0.1:`port` (0: any). Throws std::runtime_error. `cloud` outlives it.
  Gateway(event_base* base, Cloud* cloud, std::uint16_t port);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
