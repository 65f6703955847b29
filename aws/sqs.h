// SQS: the operations that a fleet's queues need. Standard queues of short text messages.
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
  // How long a received message is hidden from other receivers, unless its receiver extends it.
  std::chrono::seconds visibility_timeout{30};
  std::chrono::seconds retention{3600};  // then SQS drops a message; at least a minute
  std::map<std::string, std::string> tags{};
};

struct QueueMessage {
  std::string body;
  std::string receipt_handle;  // belongs to this reception only
  int receive_count = 0;       // how often it was received, this time included
  // From its arrival at SQS until it was received for the first time, by SQS's clock.
  std::chrono::milliseconds waited{};
};

// Every operation throws Error. Thread-safe. Queues are standard queues: a message may come more
// than once, and messages may change their order.
class Sqs {
 public:
  // SQS takes and gives at most this many messages in one call.
  static constexpr int kMostAtOnce = 10;
  static constexpr std::chrono::seconds kLongestWait{20};

  // "You must wait at least one second after the queue is created to be able to use the queue"
  // (CreateQueue, SQS API reference). Callers of CreateQueue must wait so long before the first
  // use.
  static constexpr std::chrono::seconds kUsableAfter{1};
  // A deleted queue's name is taken for 60 s (DeleteQueue, SQS API reference). The rest is a margin
  // for clocks and the time of answers.
  static constexpr std::chrono::seconds kNameTaken{65};

  explicit Sqs(std::shared_ptr<Client> client);

  Client& client() const { return *client_; }

  // Returns the queue's URL. If a queue with the same name and attributes exists, returns that
  // one's URL. If a queue of that name was deleted moments ago, blocks for up to kNameTaken, but
  // not longer than the deadline. Later calls are repeated if the new queue is not visible yet.
  std::string CreateQueue(const NewQueue& queue, const CallOptions& options);
  void DeleteQueue(const std::string& url, const CallOptions& options);
  // Returns the URLs of queues whose names start with `prefix`. For up to a minute these include
  // deleted queues.
  std::vector<std::string> ListQueues(const std::string& prefix, const CallOptions& options);

  // Sends all of `bodies`, kMostAtOnce per call. Throws Error if SQS refuses a single message.
  void SendMessages(const std::string& url, const std::vector<std::string>& bodies,
                    const CallOptions& options);
  // Returns up to kMostAtOnce messages. If there are none, blocks for up to `wait` (at most
  // kLongestWait) until one comes. The messages of a lost answer become visible again later.
  std::vector<QueueMessage> ReceiveMessages(const std::string& url, std::chrono::seconds wait,
                                            const CallOptions& options);
  void DeleteMessages(const std::string& url, const std::vector<QueueMessage>& messages,
                      const CallOptions& options);

 private:
  std::shared_ptr<Client> client_;
  FreshIds fresh_;  // URLs
};

// Returns the last part of a queue's URL: "lb-...-tasks".
std::string QueueNameOf(const std::string& url);

}  // namespace aws
