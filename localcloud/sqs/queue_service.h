// A small SQS: standard queues over the JSON 1.0 protocol.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "localcloud/http/api_error.h"
#include "localcloud/loop/timers.h"

namespace localcloud {

// Implements what the AWS CLI needs for `aws sqs` (in a version that speaks JSON to SQS). Message
// attributes, delays, FIFO queues and dead-letter queues are refused. Everything is in memory and
// lasts as long as the cloud. Queue names belong to a region.
//
// Times such as visibility timeouts, waiting, and the minute for which a deleted name is reserved
// belong to the protocol and are never scaled. Messages are delivered in order, each to the
// receiver that has waited longest. As on AWS, if a receiver disconnects, its message becomes
// visible only after its visibility timeout.
//
// Use from the event loop's thread only.
class QueueService {
 public:
  // See Consistency in latency_profile.h.
  struct Delays {
    std::chrono::nanoseconds usable{0};
    std::chrono::nanoseconds name_free{std::chrono::seconds(60)};
  };
  QueueService(Timers* timers, std::string account_id) : QueueService(timers, account_id, {}) {}
  QueueService(Timers* timers, std::string account_id, Delays delays);
  ~QueueService();
  QueueService(const QueueService&) = delete;
  QueueService& operator=(const QueueService&) = delete;

  // Receives the JSON of the answer. Called immediately, or later if a receive waits for a message.
  using Done = std::function<void(const std::string& body)>;

  // `action` is for example "SendMessage". `endpoint` is the address at which the caller reached
  // this cloud ("127.0.0.1:41234"); queue URLs start with it. Throws ApiError with SQS's codes;
  // `done` is then not called.
  void Run(const std::string& region, const std::string& action, const std::string& body,
           const std::string& endpoint, const Done& done);

  std::vector<std::string> QueueNames(const std::string& region) const;

 private:
  struct Queue;
  struct Request;
  using Key = std::pair<std::string, std::string>;  // region and name

  std::string Create(const Request& request);
  std::string Delete(const Request& request);
  std::string List(const Request& request) const;
  std::string Send(const Request& request);
  std::string SendBatch(const Request& request);
  void Receive(const Request& request, const Done& done);
  std::string DeleteMessages(const Request& request, bool batch);
  std::string ChangeVisibility(const Request& request);
  std::string GetAttributes(const Request& request);
  std::string SetAttributes(const Request& request);
  std::string ChangeTags(const Request& request, const std::string& action);
  std::string Purge(const Request& request);

  std::string UrlOf(const Request& request, const std::string& name) const;
  static Key KeyOf(const Request& request);
  bool IsUsable(const Key& key) const;
  Queue& Find(const Request& request);

  Timers& timers_;
  const std::string account_id_;
  const Delays delays_;
  std::map<Key, std::unique_ptr<Queue>> queues_;
  std::map<Key, std::chrono::steady_clock::time_point> deleted_;
};

// Returns the code that SQS used for an error before it spoke JSON
// ("AWS.SimpleQueueService.NonExistentQueue"). SQS still sends it in the x-amzn-query-error header.
std::string QueueErrorQueryCode(const std::string& code);

}  // namespace localcloud
