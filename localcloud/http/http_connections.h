// Manages the connections of one of libevent's HTTP servers.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "localcloud/http/body_limits.h"
#include "localcloud/loop/timers.h"

struct bufferevent;
struct evbuffer;
struct evbuffer_cb_info;
struct event_base;
struct evconnlistener;
struct evhttp;
struct evhttp_bound_socket;
struct evhttp_connection;

namespace localcloud {

// Limits the number of connections: further ones wait in the kernel's queue until one ends. During
// a shortage of descriptors the listener waits instead of spinning, and reports it (acceptor.h). If
// a client sends more requests before it has taken the previous answer, about 64 KiB of them are
// read. With BodyLimits, also limits the memory held for requests; libevent itself has only one
// limit for all of them. Use from the event loop's thread only.
class HttpConnections {
 public:
  // `bound` belongs to `http`, which must be freed before this object is destroyed.
  HttpConnections(event_base* base, evhttp* http, evhttp_bound_socket* bound, std::size_t most,
                  std::optional<BodyLimits> limits = std::nullopt);
  ~HttpConnections();
  HttpConnections(const HttpConnections&) = delete;
  HttpConnections& operator=(const HttpConnections&) = delete;

  // Call when a whole request has arrived on that connection, just before it is answered.
  void OnRequest(evhttp_connection* http);
  // Call when the kernel has taken the whole answer.
  void OnAnswered(evhttp_connection* http);

 private:
  // One connection, from its acceptance to its end.
  struct Connection {
    enum class State { kHead, kBody, kHandled, kRefused };
    HttpConnections* owner = nullptr;
    std::list<Connection>::iterator self;
    bufferevent* buffers = nullptr;     // libevent's
    evhttp_connection* http = nullptr;  // libevent's; null until it is known
    bool referenced = false;            // true if this object holds a reference on `buffers`
    State state = State::kHead;
    std::string head;          // the part that has been read
    std::size_t held = 0;      // bytes after the head
    std::size_t limit = 0;     // for `held`
    std::size_t declared = 0;  // the Content-Length
    Timers::Id end = 0;        // ends a refused connection
  };
  static bufferevent* OnNew(event_base* base, void* self);
  static void OnClose(evhttp_connection* http, void* connection);
  static void OnShortage(evconnlistener* listener, void* server);
  static void OnInput(evbuffer* input, const evbuffer_cb_info* change, void* connection);
  static void OnRefusedInput(bufferevent* buffers, void* connection);
  static void OnRefusalSent(bufferevent* buffers, void* connection);
  static void OnRefusedEnd(bufferevent* buffers, short what, void* connection);
  // Finds out `connection->http`. Returns false if libevent has closed the connection already.
  bool Learn(Connection* connection);
  void WatchForClose(Connection* connection);
  // Returns true if `bytes` end the head.
  bool ReadHead(Connection* connection, std::string_view bytes);
  // Refuses the request if it is too large.
  void Judge(Connection* connection);
  void Release(Connection* connection);
  void Refuse(Connection* connection, BodyLimits::Excess excess);
  Connection* Find(evhttp_connection* http);
  void Forget(Connection* connection);
  void Listen();

  evconnlistener* listener_;
  std::size_t most_;
  std::optional<BodyLimits> limits_;
  std::list<Connection> connections_;
  std::map<evhttp_connection*, Connection*> by_http_;
  std::size_t held_ = 0;
  bool shortage_ = false;
  Timers timers_;
};

}  // namespace localcloud
