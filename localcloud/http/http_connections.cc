#include "localcloud/http/http_connections.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <utility>

#include "localcloud/loop/acceptor.h"

namespace localcloud {
namespace {

// Larger than the framing of all chunks plus the start of the next request.
constexpr std::size_t kFraming = 64 << 10;
// The limit for requests that a client sends before it has taken the previous answer. Further bytes
// stay in the kernel's buffers, and the client waits.
constexpr std::size_t kMostAhead = 64 << 10;
constexpr std::chrono::seconds kLinger{2};

// Finds the HttpConnections of a listener. libevent passes its own server, not an argument of ours,
// to a listener's error callback.
class OwnerTable {
 public:
  void Set(evconnlistener* listener, HttpConnections* owner) {
    const std::lock_guard lock(mutex_);
    owners_[listener] = owner;
  }
  void Remove(evconnlistener* listener) {
    const std::lock_guard lock(mutex_);
    owners_.erase(listener);
  }
  HttpConnections* Find(evconnlistener* listener) {
    const std::lock_guard lock(mutex_);
    const auto found = owners_.find(listener);
    return found == owners_.end() ? nullptr : found->second;
  }

 private:
  std::mutex mutex_;  // each thread may have its own event loop
  std::map<evconnlistener*, HttpConnections*> owners_;
};

OwnerTable& Owners() {
  static OwnerTable table;
  return table;
}

// Returns the position after the head, or npos. A line ends with CRLF or, as libevent accepts it,
// with LF alone.
std::size_t EndOfHead(const std::string& text, std::size_t from) {
  const std::size_t full = text.find("\n\r\n", from);
  const std::size_t bare = text.find("\n\n", from);
  return std::min(full == std::string::npos ? full : full + 3,
                  bare == std::string::npos ? bare : bare + 2);
}

std::string AsSent(const HttpResponse& response) {
  std::string text = fmt::format(
      "HTTP/1.1 {} Refused\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
      response.status, response.content_type, response.body.size());
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  return text + "\r\n" + response.body;
}

}  // namespace

HttpConnections::HttpConnections(event_base* base, evhttp* http, evhttp_bound_socket* bound,
                                 std::size_t most, std::optional<BodyLimits> limits)
    : listener_(evhttp_bound_socket_get_listener(bound)),
      most_(most),
      limits_(std::move(limits)),
      timers_(base) {
  evhttp_set_bevcb(http, &HttpConnections::OnNew, this);
  Owners().Set(listener_, this);
  evconnlistener_set_error_cb(listener_, &HttpConnections::OnShortage);
}

HttpConnections::~HttpConnections() {
  Owners().Remove(listener_);
  for (const Connection& connection : connections_) {
    if (connection.referenced) bufferevent_decref(connection.buffers);
  }
}

// libevent reports the end of a connection only to a registered callback, and it creates its
// connection object after this function. So the callback is registered on the next turn of the
// loop. Until then a reference keeps the buffers alive.
bufferevent* HttpConnections::OnNew(event_base* base, void* self) {
  auto* const owner = static_cast<HttpConnections*>(self);
  bufferevent* const buffers = bufferevent_socket_new(base, -1, 0);
  if (buffers == nullptr) return nullptr;
  Connection& connection = owner->connections_.emplace_back();
  connection.owner = owner;
  connection.self = std::prev(owner->connections_.end());
  connection.buffers = buffers;
  connection.referenced = true;
  bufferevent_incref(buffers);
  if (owner->limits_) {
    evbuffer_add_cb(bufferevent_get_input(buffers), &HttpConnections::OnInput, &connection);
  } else {
    bufferevent_setwatermark(buffers, EV_READ, 0, kMostAhead);
  }
  owner->timers_.After({}, [owner, &connection] { owner->WatchForClose(&connection); });
  if (owner->connections_.size() >= owner->most_) owner->Listen();
  return buffers;
}

// The argument of libevent's own callbacks is its connection object. A closed connection has no
// callbacks.
bool HttpConnections::Learn(Connection* connection) {
  if (connection->http != nullptr) return true;
  bufferevent_data_cb on_data = nullptr;
  void* http = nullptr;
  bufferevent_getcb(connection->buffers, &on_data, nullptr, nullptr, &http);
  if (on_data == nullptr || http == nullptr) return false;
  connection->http = static_cast<evhttp_connection*>(http);
  by_http_[connection->http] = connection;
  evhttp_connection_set_closecb(connection->http, &HttpConnections::OnClose, connection);
  return true;
}

void HttpConnections::WatchForClose(Connection* connection) {
  bufferevent* const buffers = connection->buffers;
  connection->referenced = false;
  if (!Learn(connection)) Forget(connection);
  bufferevent_decref(buffers);
}

void HttpConnections::OnClose(evhttp_connection*, void* closed) {
  auto* const connection = static_cast<Connection*>(closed);
  HttpConnections* const owner = connection->owner;
  owner->by_http_.erase(connection->http);
  connection->http = nullptr;
  if (owner->limits_) {
    evbuffer_remove_cb(bufferevent_get_input(connection->buffers), &HttpConnections::OnInput,
                       connection);
  }
  if (!connection->referenced) owner->Forget(connection);  // otherwise WatchForClose() forgets it
}

void HttpConnections::OnInput(evbuffer* input, const evbuffer_cb_info* change, void* changed) {
  auto* const connection = static_cast<Connection*>(changed);
  HttpConnections* const owner = connection->owner;
  if (change->n_added == 0 || !owner->Learn(connection)) return;
  switch (connection->state) {
    case Connection::State::kHead: {
      std::string bytes(change->n_added, '\0');
      evbuffer_ptr at;
      evbuffer_ptr_set(input, &at, evbuffer_get_length(input) - bytes.size(), EVBUFFER_PTR_SET);
      evbuffer_copyout_from(input, &at, bytes.data(), bytes.size());
      if (owner->ReadHead(connection, bytes)) owner->Judge(connection);
      return;
    }
    case Connection::State::kBody:
      connection->held += change->n_added;
      owner->held_ += change->n_added;
      return owner->Judge(connection);
    case Connection::State::kHandled:
      // These bytes are further requests while this one is unanswered. libevent resumes reading
      // after the answer.
      if (evbuffer_get_length(input) > kMostAhead)
        bufferevent_disable(connection->buffers, EV_READ);
      return;
    case Connection::State::kRefused:
      return;
  }
}

bool HttpConnections::ReadHead(Connection* connection, std::string_view bytes) {
  std::string& head = connection->head;
  if (head.empty()) bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  const std::size_t from = head.size() < 3 ? 0 : head.size() - 3;
  head += bytes;
  const std::size_t end = EndOfHead(head, from);
  if (end == std::string::npos) return false;
  connection->held = head.size() - end;
  held_ += connection->held;
  head.resize(end);
  connection->state = Connection::State::kBody;
  const HttpRequest request = ParseRequestHead(head);
  connection->limit = limits_->of_request(request);
  connection->declared =
      std::strtoull(std::string(request.header("content-length")).c_str(), nullptr, 10);
  // Judge() already enforces the limit. libevent's limit is larger because it counts the framing of
  // chunked bodies.
  evhttp_connection_set_max_body_size(connection->http,
                                      static_cast<ev_ssize_t>(connection->limit + 2 * kFraming));
  return true;
}

void HttpConnections::Judge(Connection* connection) {
  if (connection->declared > connection->limit || connection->held > connection->limit + kFraming) {
    Refuse(connection, BodyLimits::Excess::kOfRequest);
  } else if (held_ > limits_->of_server) {
    Refuse(connection, BodyLimits::Excess::kOfServer);
  }
}

void HttpConnections::Release(Connection* connection) {
  held_ -= connection->held;
  connection->held = 0;
  connection->declared = 0;
  connection->head.clear();
}

// Bypasses libevent, which would answer with an error page of its own. From now on libevent only
// learns of the connection's end. Whatever the client still sends is discarded for a while: an
// immediate close would reset the connection, and the answer would be lost.
void HttpConnections::Refuse(Connection* connection, BodyLimits::Excess excess) {
  const std::string answer = AsSent(limits_->refusal(ParseRequestHead(connection->head), excess));
  Release(connection);
  connection->state = Connection::State::kRefused;
  bufferevent_setcb(connection->buffers, &HttpConnections::OnRefusedInput,
                    &HttpConnections::OnRefusalSent, &HttpConnections::OnRefusedEnd, connection);
  bufferevent_enable(connection->buffers, EV_READ | EV_WRITE);
  bufferevent_write(connection->buffers, answer.data(), answer.size());
  connection->end = timers_.After(kLinger, [connection] {
    connection->end = 0;
    evhttp_connection_free(connection->http);
  });
}

void HttpConnections::OnRefusedInput(bufferevent* buffers, void*) {
  evbuffer* const input = bufferevent_get_input(buffers);
  evbuffer_drain(input, evbuffer_get_length(input));
}

void HttpConnections::OnRefusalSent(bufferevent* buffers, void*) {
  shutdown(bufferevent_getfd(buffers), SHUT_WR);
}

void HttpConnections::OnRefusedEnd(bufferevent*, short, void* refused) {
  evhttp_connection_free(static_cast<Connection*>(refused)->http);
}

HttpConnections::Connection* HttpConnections::Find(evhttp_connection* http) {
  const auto found = by_http_.find(http);
  return found == by_http_.end() ? nullptr : found->second;
}

void HttpConnections::OnRequest(evhttp_connection* http) {
  if (Connection* const connection = Find(http)) connection->state = Connection::State::kHandled;
}

void HttpConnections::OnAnswered(evhttp_connection* http) {
  Connection* const connection = Find(http);
  if (connection == nullptr || !limits_) return;
  Release(connection);
  connection->state = Connection::State::kHead;
  // Discards the input that has arrived meanwhile.
  evbuffer* const input = bufferevent_get_input(connection->buffers);
  std::string bytes(evbuffer_get_length(input), '\0');
  evbuffer_copyout(input, bytes.data(), bytes.size());
  ReadHead(connection, bytes);
}

void HttpConnections::Forget(Connection* connection) {
  Release(connection);
  timers_.Cancel(connection->end);
  const bool was_full = connections_.size() >= most_;
  connections_.erase(connection->self);
  // Deferred, because the server and its listener may be ending right now.
  if (was_full) timers_.After({}, [this] { Listen(); });
}

void HttpConnections::OnShortage(evconnlistener* listener, void*) {
  const int error = EVUTIL_SOCKET_ERROR();
  if (!IsShortage(error)) return;  // the client has disconnected already
  ReportShortage(error);
  HttpConnections* const self = Owners().Find(listener);
  if (self == nullptr) return;
  self->shortage_ = true;
  self->Listen();
  self->timers_.After(kShortagePause, [self] {
    self->shortage_ = false;
    self->Listen();
  });
}

void HttpConnections::Listen() {
  if (!shortage_ && connections_.size() < most_) {
    evconnlistener_enable(listener_);
  } else {
    evconnlistener_disable(listener_);
  }
}

}  // namespace localcloud
