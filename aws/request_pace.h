// Keeps EC2's request rates on the caller's side, so that EC2 does not have to refuse calls.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "aws/timing.h"

namespace aws {

// EC2 limits an account's calls in a region with token buckets, one per action ("Request throttling
// for the EC2 API", EC2 Developer Guide). This class counts the same calls in the same way, with
// slightly smaller buckets. So calls wait here, before any clock starts, and do not find an empty
// bucket at EC2. Calls of other programs are unknown here until EC2 refuses one. Thread-safe.
class RequestPace {
 public:
  // Returns the instance for a region at an endpoint. All clients of this process share it.
  static std::shared_ptr<RequestPace> Of(const std::string& endpoint_url,
                                         const std::string& region);

  // How many times faster than on EC2 the buckets refill; 1 at first. For an endpoint that models
  // EC2 in less time and says so (Client::Warm). 0: nothing is limited.
  void SetSpeed(double speed) { speed_ = speed; }
  bool is_limited() const { return speed_ > 0; }

  // Takes a token of the action's bucket. Blocks until there is one beyond the reserve for calls
  // at once, or until `deadline` or `stop`; then takes none. Returns how long it waited.
  std::chrono::nanoseconds Await(std::string_view action, Clock::time_point deadline,
                                 const std::stop_token& stop);
  // Takes a token without waiting, for a call at once (CallOptions::at_once).
  void Spend(std::string_view action);
  // Empties the bucket, because EC2 has refused a call for its rate.
  void Refused(std::string_view action);

  // The sum of all waits of all threads so far.
  std::chrono::nanoseconds waited() const { return std::chrono::nanoseconds(waited_ns_); }
  std::int64_t refusals() const { return refusals_; }

 private:
  friend class PrepaidCalls;
  struct Bucket {
    double tokens = 0;
    Clock::time_point filled_at{};
  };

  std::chrono::nanoseconds Take(std::string_view action, double left, Clock::time_point deadline,
                                const std::stop_token& stop);
  Bucket& Filled(std::string_view action, Clock::time_point now);
  void GiveBack(std::string_view action);

  std::atomic<double> speed_{1};
  std::mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_;
  std::atomic<std::int64_t> waited_ns_{0};
  std::atomic<std::int64_t> refusals_{0};
};

// Tokens for the first call of a timed launch, taken before its clock starts: one for RunInstances
// and one for StartInstances. The destructor gives back those that were not used. Thread-safe.
class PrepaidCalls {
 public:
  // Blocks until it has both, or until `deadline` or `stop`. `pace` must outlive this object; null:
  // nothing is limited.
  PrepaidCalls(RequestPace* pace, Clock::time_point deadline, const std::stop_token& stop);
  ~PrepaidCalls();
  PrepaidCalls(const PrepaidCalls&) = delete;
  PrepaidCalls& operator=(const PrepaidCalls&) = delete;

  // Uses up a prepaid token for a call of the action, or else takes one from the bucket.
  void Use(std::string_view action);
  std::chrono::nanoseconds waited() const { return waited_; }

 private:
  RequestPace* const pace_;
  std::chrono::nanoseconds waited_{};
  std::mutex mutex_;
  std::map<std::string, int, std::less<>> left_;
};

// As long as the object lives, adds to `waited_ns` how long calls of this task, or of this thread
// outside tasks, wait because of EC2's request rates.
class WaitScope {
 public:
  explicit WaitScope(std::atomic<std::int64_t>* waited_ns);  // null: waits are not added up
  ~WaitScope();
  WaitScope(const WaitScope&) = delete;
  WaitScope& operator=(const WaitScope&) = delete;

  // Returns the current counter, for other tasks and threads that work on behalf of this one. May
  // be null.
  static std::atomic<std::int64_t>* current();
  static void Add(std::chrono::nanoseconds waited);

 private:
  std::atomic<std::int64_t>* const before_;
};

}  // namespace aws
