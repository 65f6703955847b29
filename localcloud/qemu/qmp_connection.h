// The monitor of a QEMU process: its JSON protocol (QMP) over a Unix socket.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "localcloud/loop/fd_watch.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/machine/machine.h"

struct event_base;

namespace localcloud {

// An event that QEMU reports, and when it happened. QEMU stamps events with the wall clock
// (microseconds). `at` is that stamp on Clock, and never earlier than the event before it, or later
// than the event's arrival: if somebody sets the wall clock meanwhile, `at` stays between these
// two.
struct QmpEvent {
  std::string name;  // "SHUTDOWN"
  nlohmann::json data = nlohmann::json::object();
  Clock::time_point at{};
};

// Negotiates the capabilities by itself; commands wait until that is done. Use from the event
// loop's thread only. May be destroyed in its own callbacks. Keeps no more input than one message
// of kLongestMessage bytes.
class QmpConnection {
 public:
  struct Handlers {
    std::function<void(const QmpEvent&)> on_event;
    // The connection has ended: `error` is empty if QEMU closed it, otherwise it says what is
    // wrong. Called once. Commands without a reply get none any more.
    std::function<void(const std::string& error)> on_end;
  };
  // `error` is empty if the command succeeded.
  using Reply = std::function<void(const nlohmann::json& result, const std::string& error)>;

  // `socket` is one end of a Unix socket.
  QmpConnection(event_base* base, OwnedFd socket, Handlers handlers);
  QmpConnection(const QmpConnection&) = delete;
  QmpConnection& operator=(const QmpConnection&) = delete;

  // Sends a command, with a descriptor if one is given. `reply` is never called from within this
  // call, and not at all if the connection ends first.
  void Execute(const std::string& command,
               const nlohmann::json& arguments = nlohmann::json::object(), Reply reply = {},
               OwnedFd descriptor = {});

  // Handles everything that has arrived, up to the end. REQUIRES: QEMU has ended, so that no more
  // comes.
  void Drain();

  static constexpr std::size_t kLongestMessage = 1 << 20;  // QEMU's own are below 10 KiB

 private:
  struct Outgoing {
    std::string bytes;
    std::size_t sent = 0;
    OwnedFd descriptor;
  };
  void Flush();
  ssize_t SendFront();
  bool ReadSome();
  bool TakeLine(const std::string& line);
  void TakeGreeting();
  void TakeReply(const nlohmann::json& message);
  void TakeEvent(const nlohmann::json& message);
  void End(const std::string& error);

  OwnedFd socket_;
  Handlers handlers_;
  FdWatch watch_;
  std::string input_;
  std::deque<Outgoing> waiting_;  // until the capabilities are negotiated
  std::deque<Outgoing> output_;
  std::map<std::int64_t, Reply> pending_;
  std::int64_t next_id_ = 1;
  bool greeted_ = false;
  bool negotiated_ = false;
  Clock::time_point latest_ = Clock::now();  // no later event is earlier
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace localcloud
