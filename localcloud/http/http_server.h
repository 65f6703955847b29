// An HTTP/1.1 server on the loopback interface, driven by the event loop: libevent's server with
// the settings of EC2's front ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "localcloud/http/body_limits.h"
#include "localcloud/http/http_message.h"

struct event_base;

namespace localcloud {

// Use from the event loop's thread only. Connections are kept alive; an idle one costs only its
// descriptor.
class HttpServer {
 public:
  // Sends the answer to one request. Call exactly once, immediately or later. The client may have
  // disconnected by then.
  using Respond = std::function<void(const HttpResponse&)>;
  using Handler = std::function<void(HttpRequest request, Respond respond)>;

  // Listens on 127.0.0.1:`port` (0: any free port). Throws std::runtime_error.
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
