// HTTP/1.1 on loopback, on the event loop: libevent's server with what EC2's front ends have set.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "localcloud/http/body_limits.h"
#include "localcloud/http/http_message.h"

struct event_base;

namespace localcloud {

// From the event loop's thread only. Connections are kept alive; an idle one costs nothing but its
// descriptor.
class HttpServer {
 public:
  // Sends the answer of one request. Call exactly once, at once or later; the client may be gone by
  // then.
  using Respond = std::function<void(const HttpResponse&)>;
  using Handler = std::function<void(HttpRequest request, Respond respond)>;

  // Listens on 127.0.0.1:`port` (0: any free one). Throws std::runtime_error.
  HttpServer(event_base* base, std::uint16_t port, BodyLimits limits, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
