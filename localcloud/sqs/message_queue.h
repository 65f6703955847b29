// The messages of one queue, and who waits for them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "localcloud/loop/timers.h"

namespace localcloud {

// Messages come in order, each to whoever asked first, and are hidden from others for as long as
// their receiver was given. From the event loop's thread only.
class MessageQueue {
 public:
  using Clock = std::chrono::steady_clock;

  struct Message {
    std::string id;
    std::string body;
    std::int64_t sent_ms = 0;            // since the epoch
    std::int64_t first_received_ms = 0;  // likewise; 0: never yet
    int receive_count = 0;
    Clock::time_point visible_at{};
    Clock::time_point expires{};
    std::string receipt;  // of the last time it was received; empty: never yet
  };
  // Called once: at once, or later where it waits; with none where nothing came.
  using OnMessages = std::function<void(const std::vector<Message>& messages)>;
  enum class Change { kDone, kUnknownReceipt, kNotInFlight };
  struct Counts {
    std::size_t visible = 0;
    std::size_t in_flight = 0;
  };

  explicit MessageQueue(Timers* timers) : timers_(*timers) {}
  ~MessageQueue();  // calls nobody
  MessageQueue(const MessageQueue&) = delete;
  MessageQueue& operator=(const MessageQueue&) = delete;

  // All there at once. Their ids.
  std::vector<std::string> Send(const std::vector<std::string>& bodies,
                                std::chrono::seconds retention);
  void Receive(std::size_t most, std::chrono::seconds visibility, std::chrono::seconds wait,
               const OnMessages& done);
  // A receipt of an earlier receiving deletes nothing, and of a deleted message is no error.
  void Delete(const std::string& receipt);
  Change ChangeVisibility(const std::string& receipt, std::chrono::seconds visibility);
  void Purge() { messages_.clear(); }
  void Close();  // whoever waits is told that there is nothing
  Counts Count();

 private:
  struct Waiter {
    std::size_t most = 1;
    std::chrono::seconds visibility{};
    Timers::Id give_up = 0;
    OnMessages done;
  };

  void DropExpired(Clock::time_point now);
  std::vector<Message> Take(std::size_t most, std::chrono::seconds visibility);
  // Hands out what is visible to those who wait for it, and sees to it that this is done again when
  // the next message becomes visible.
  void Serve();

  Timers& timers_;
  std::list<Message> messages_;
  std::list<Waiter> waiters_;
  Timers::Id next_visible_ = 0;
};

}  // namespace localcloud
