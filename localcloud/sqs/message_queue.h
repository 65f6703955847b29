// The messages of one queue, and the receivers that wait for them.
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

// Messages are delivered in order, each to the receiver that has waited longest. They are then
// hidden from other receivers for the receiver's visibility timeout. Use from the event loop's
// thread only.
class MessageQueue {
 public:
  using Clock = std::chrono::steady_clock;

  struct Message {
    std::string id;
    std::string body;
    std::int64_t sent_ms = 0;            // since the epoch
    std::int64_t first_received_ms = 0;  // since the epoch; 0: not received yet
    int receive_count = 0;
    Clock::time_point visible_at{};
    Clock::time_point expires{};
    std::string receipt;  // of the last receive; empty: not received yet
  };
  // Called exactly once, immediately or after waiting. `messages` is empty if nothing came.
  using OnMessages = std::function<void(const std::vector<Message>& messages)>;
  enum class Change { kDone, kUnknownReceipt, kNotInFlight };
  struct Counts {
    std::size_t visible = 0;
    std::size_t in_flight = 0;
  };

  explicit MessageQueue(Timers* timers) : timers_(*timers) {}
  ~MessageQueue();  // calls no waiting receiver
  MessageQueue(const MessageQueue&) = delete;
  MessageQueue& operator=(const MessageQueue&) = delete;

  // Adds all messages at the same time and returns their ids.
  std::vector<std::string> Send(const std::vector<std::string>& bodies,
                                std::chrono::seconds retention);
  void Receive(std::size_t most, std::chrono::seconds visibility, std::chrono::seconds wait,
               const OnMessages& done);
  // A receipt of an earlier receive deletes nothing. A receipt of a deleted message is not an
  // error.
  void Delete(const std::string& receipt);
  Change ChangeVisibility(const std::string& receipt, std::chrono::seconds visibility);
  void Purge() { messages_.clear(); }
  void Close();  // answers all waiting receivers with no messages
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
  // Delivers visible messages to the receivers that wait. Sets a timer to run again when the next
  // message becomes visible.
  void Serve();

  Timers& timers_;
  std::list<Message> messages_;
  std::list<Waiter> waiters_;
  Timers::Id next_visible_ = 0;
};

}  // namespace localcloud
