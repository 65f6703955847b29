// The connections of one of libevent's HTTP servers.
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

// Bounds how many connections there are: further ones wait in the kernel's queue until one ends.
// During a shortage of descriptors the listener waits instead of spinning on it, and says so
// (acceptor.h). Of what a client sends before it has taken an earlier answer, some 64 KiB are read.
// With BodyLimits, also bounds what is held of requests, which libevent does only with one limit
// for all. From the event loop's thread only.
class HttpConnections {
 public:
  // `bound` is one of `http`'s, which must be freed before this is destroyed.
  HttpConnections(event_base* base, evhttp* http, evhttp_bound_socket* bound, std::size_t most,
                  std::optional<BodyLimits> limits = std::nullopt);
  ~HttpConnections();
  HttpConnections(const HttpConnections&) = delete;
  HttpConnections& operator=(const HttpConnections&) = delete;

  // A request of that connection has arrived as a whole; it is about to be answered.
  void OnRequest(evhttp_connection* http);
  // The answer to it has been sent, and taken by the kernel as a whole.
  void OnAnswered(evhttp_connection* http);

 private:
  // From its acceptance to its end.
  struct Connection {
    enum class State { kHead, kBody, kHandled, kRefused };
    HttpConnections* owner = nullptr;
    std::list<Connection>::iterator self;
    bufferevent* buffers = nullptr;     // libevent's
    evhttp_connection* http = nullptr;  // libevent's; none before it is known
    bool referenced = false;            // `buffers`, by this
    State state = State::kHead;
    std::string head;          // as far as it has been read
    std::size_t held = 0;      // bytes after the head
    std::size_t limit = 0;     // of these
    std::size_t declared = 0;  // the Content-Length
    Timers::Id end = 0;        // of a refused connection
  };
  static bufferevent* OnNew(event_base* base, void* self);
  static void OnClose(evhttp_connection* http, void* connection);
  static void OnShortage(evconnlistener* listener, void* server);
  static void OnInput(evbuffer* input, const evbuffer_cb_info* change, void* connection);
  static void OnRefusedInput(bufferevent* buffers, void* connection);
  static void OnRefusalSent(bufferevent* buffers, void* connection);
  static void OnRefusedEnd(bufferevent* buffers, short what, void* connection);
  // False if libevent has closed it already.
  bool Learn(Connection* connection);
  void WatchForClose(Connection* connection);
  // Returns true if `bytes` end the head.
  bool ReadHead(Connection* connection, std::string_view bytes);
  // Refuses it if it is too much.
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
