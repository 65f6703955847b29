// An HTTP/1.1 server, driven by the event loop: libevent's server with the settings of EC2's front
// ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "localcloud/http/body_limits.h"
#include "localcloud/http/http_message.h"
#include "localcloud/loop/owned_fd.h"

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

  // Takes over `listener` (ListenAt). Throws std::runtime_error.
  HttpServer(event_base* base, OwnedFd listener, BodyLimits limits, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Returns a socket that listens at `address`:`port` (0: any free port). Throws std::runtime_error
// with one line.
OwnedFd ListenAt(const std::string& address, std::uint16_t port);
// Returns the port of a listening socket.
std::uint16_t PortOf(const OwnedFd& listener);

}  // namespace localcloud
