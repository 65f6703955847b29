#include "localcloud/http/http_server.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "localcloud/http/http_connections.h"

namespace localcloud {
namespace {

// Longer than any client keeps a connection in its pool.
constexpr int kIdleSeconds = 300;
constexpr std::size_t kMaxHeaderBytes = 64 << 10;
// Leaves a quarter of this process's descriptors for the machines.
std::size_t MostConnections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return limit.rlim_cur / 4 * 3;
}

const char* MethodName(evhttp_cmd_type command) {
  switch (command) {
    case EVHTTP_REQ_GET:
      return "GET";
    case EVHTTP_REQ_POST:
      return "POST";
    case EVHTTP_REQ_HEAD:
      return "HEAD";
    case EVHTTP_REQ_PUT:
      return "PUT";
    case EVHTTP_REQ_DELETE:
      return "DELETE";
    default:
      return "";
  }
}

// Small answers must leave at once: with Nagle's algorithm, the client's delayed ACK would cost 40
// ms.
void SetNoDelay(evhttp_request* request) {
  evhttp_connection* connection = evhttp_request_get_connection(request);
  if (connection == nullptr) return;
  const int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(connection));
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

HttpRequest ReadRequest(evhttp_request* raw) {
  HttpRequest request;
  request.method = MethodName(evhttp_request_get_command(raw));
  const std::string_view uri = evhttp_request_get_uri(raw);
  const std::size_t question = uri.find('?');
  request.path = uri.substr(0, question);
  if (question != std::string_view::npos) request.query = uri.substr(question + 1);
  for (const evkeyval* header = evhttp_request_get_input_headers(raw)->tqh_first; header != nullptr;
       header = header->next.tqe_next) {
    request.headers.emplace_back(header->key, header->value);
  }
  if (evhttp_connection* connection = evhttp_request_get_connection(raw)) {
    char* address = nullptr;  // owned by the connection
    ev_uint16_t port = 0;
    evhttp_connection_get_peer(connection, &address, &port);
    if (address != nullptr) request.peer = address;
  }
  // Moved, not copied, because bodies may be large.
  evbuffer* body = evhttp_request_get_input_buffer(raw);
  request.body.resize(evbuffer_get_length(body));
  evbuffer_remove(body, request.body.data(), request.body.size());
  return request;
}

// Bypasses libevent, which has no way to break off an answer.
void BreakOff(evhttp_request* raw, const HttpResponse& response) {
  evhttp_connection* connection = evhttp_request_get_connection(raw);
  if (connection == nullptr) {  // the client has disconnected
    evhttp_request_free(raw);
    return;
  }
  const int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(connection));
  if (response.ending == HttpResponse::Ending::kResetInBody) {
    const std::string start =
        fmt::format("HTTP/1.1 {} OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                    response.status, response.content_type, response.body.size(),
                    response.body.substr(0, response.body.size() / 2));
    (void)!send(fd, start.data(), start.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  evhttp_connection_free(connection);  // frees the request, too
}

void SendResponse(evhttp_request* raw, const HttpResponse& response) {
  if (response.ending != HttpResponse::Ending::kWhole) return BreakOff(raw, response);
  evkeyvalq* headers = evhttp_request_get_output_headers(raw);
  evhttp_add_header(headers, "Content-Type", response.content_type.c_str());
  evhttp_add_header(headers, "Server", "localcloud");
  for (const auto& [name, value] : response.headers) {
    evhttp_add_header(headers, name.c_str(), value.c_str());
  }
  evbuffer* body = evbuffer_new();
  evbuffer_add(body, response.body.data(), response.body.size());
  // Frees the request itself if the client has disconnected meanwhile.
  evhttp_send_reply(raw, response.status, nullptr, body);
  evbuffer_free(body);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(event_base* base, OwnedFd listener, BodyLimits limits, Handler handler)
      : http_(evhttp_new(base)), handler_(std::move(handler)) {
    if (http_ == nullptr) throw std::runtime_error("cannot make an HTTP server");
    evhttp_set_timeout(http_, kIdleSeconds);
    evhttp_set_max_headers_size(http_, kMaxHeaderBytes);
    evhttp_set_allowed_methods(http_, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                          EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE);
    evhttp_set_gencb(http_, &Impl::OnRequest, this);
    evhttp_bound_socket* bound = evhttp_accept_socket_with_handle(http_, listener.get());
    if (bound == nullptr) {
      evhttp_free(http_);
      throw std::runtime_error("cannot make an HTTP server");
    }
    listener.Release();  // libevent's now
    connections_ =
        std::make_unique<HttpConnections>(base, http_, bound, MostConnections(), std::move(limits));
  }

  ~Impl() {
    // libevent frees the unanswered requests of its connections, but not those whose client has
    // disconnected.
    for (evhttp_request* request : unanswered_) {
      if (evhttp_request_get_connection(request) == nullptr) evhttp_request_free(request);
    }
    evhttp_free(http_);
  }

 private:
  static void OnRequest(evhttp_request* raw, void* argument) {
    auto* self = static_cast<Impl*>(argument);
    SetNoDelay(raw);
    self->unanswered_.insert(raw);
    self->connections_->OnRequest(evhttp_request_get_connection(raw));
    evhttp_request_set_on_complete_cb(raw, &Impl::OnAnswered, self);
    auto respond = [self, raw](const HttpResponse& response) {
      self->unanswered_.erase(raw);
      SendResponse(raw, response);
    };
    self->handler_(ReadRequest(raw), std::move(respond));
  }

  static void OnAnswered(evhttp_request* raw, void* self) {
    static_cast<Impl*>(self)->connections_->OnAnswered(evhttp_request_get_connection(raw));
  }

  std::unique_ptr<HttpConnections> connections_;
  evhttp* http_;
  Handler handler_;
  std::set<evhttp_request*> unanswered_;
};

HttpServer::HttpServer(event_base* base, OwnedFd listener, BodyLimits limits, Handler handler)
    : impl_(std::make_unique<Impl>(base, std::move(listener), std::move(limits),
                                   std::move(handler))) {}
HttpServer::~HttpServer() = default;

OwnedFd ListenAt(const std::string& address, std::uint16_t port) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  OwnedFd listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&place), sizeof(place)) != 0 ||
      listen(listener.get(), SOMAXCONN) != 0) {
    throw std::runtime_error(
        fmt::format("cannot listen on {}:{}: {}", address, port, std::strerror(errno)));
  }
  return listener;
}

std::uint16_t PortOf(const OwnedFd& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace localcloud
