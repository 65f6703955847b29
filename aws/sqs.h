// SQS, as far as a fleet's queues need it: standard queues of short text messages.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aws/client.h"
#include "aws/fresh_ids.h"

namespace aws {

struct NewQueue {
  std::string name;  // letters, digits, hyphens and underscores; 80 at most
  // How long a received message is nobody else's, unless its receiver says more: whole seconds.
  std::chrono::seconds visibility_timeout{30};
  std::chrono::seconds retention{3600};  // after that a message is dropped; a minute at least
  std::map<std::string, std::string> tags{};
};

struct QueueMessage {
  std::string body;
  std::string receipt_handle;  // of this receiving of it
  int receive_count = 0;       // how often it was received, this time included
  // From when SQS had it until it was received first, by SQS's clock.
  std::chrono::milliseconds waited{};
};

// Every operation throws Error. As thread-safe as Client. A standard queue: a message may come
// more than once, and not in order.
class Sqs {
 public:
  // SQS takes and gives at most this many messages in one call.
  static constexpr int kMostAtOnce = 10;
  static constexpr std::chrono::seconds kLongestWait{20};

  // "You must wait at least one second after the queue is created to be able to use the queue"
  // (CreateQueue, SQS API reference). Who creates one waits so long before the first use.
  static constexpr std::chrono::seconds kUsableAfter{1};
  // A deleted queue's name is taken for 60 s (DeleteQueue, SQS API reference); this is longer by
  // what clocks and answers may differ.
  static constexpr std::chrono::seconds kNameTaken{65};

  explicit Sqs(std::shared_ptr<Client> client);

  Client& client() const { return *client_; }

  // Returns its URL; that of an existing queue if it has the same name and attributes. If one of
  // that name was deleted moments ago, waits up to kNameTaken, as far as the deadline allows. If a
  // queue that this object has created does not exist yet, calls that use it are repeated.
  std::string CreateQueue(const NewQueue& queue, const CallOptions& options);
  void DeleteQueue(const std::string& url, const CallOptions& options);
  // URLs of those whose names start with `prefix`; for up to a minute also of deleted ones.
  std::vector<std::string> ListQueues(const std::string& prefix, const CallOptions& options);

  // All of `bodies`, kMostAtOnce a call. A message that SQS refuses alone fails the call.
  void SendMessages(const std::string& url, const std::vector<std::string>& bodies,
                    const CallOptions& options);
  // Up to kMostAtOnce that are there; where there is none, waits for up to `wait` (whole seconds,
  // at most kLongestWait) until one is. What a lost answer held becomes visible again.
  std::vector<QueueMessage> ReceiveMessages(const std::string& url, std::chrono::seconds wait,
                                            const CallOptions& options);
  void DeleteMessages(const std::string& url, const std::vector<QueueMessage>& messages,
                      const CallOptions& options);

 private:
  std::shared_ptr<Client> client_;
  FreshIds fresh_;  // URLs
};

// "lb-...-tasks" of a queue's URL.
std::string QueueNameOf(const std::string& url);

}  // namespace aws
