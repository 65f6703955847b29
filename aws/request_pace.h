// EC2's request rates, kept on the caller's side.
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

// EC2 counts an account's calls in a region in token buckets, one an action ("Request throttling
// for the EC2 API", EC2 Developer Guide). This counts the same calls the same way, from a little
// less than EC2 gives, so that calls wait here, before any clock, and none of them finds its bucket
// empty there. Calls of other programs are not known here: EC2's refusals tell. Thread-safe.
class RequestPace {
 public:
  // The one of a region at an endpoint, which all clients of this process share.
  static std::shared_ptr<RequestPace> Of(const std::string& endpoint_url,
                                         const std::string& region);

  // How many times as fast as on EC2 the buckets refill, behind an endpoint that models EC2 in less
  // time and says so (Client::Warm); at first 1. 0: nothing is limited.
  void SetSpeed(double speed) { speed_ = speed; }

  // Waits until the action's bucket has a token beside those left for calls at once, and takes it;
  // until `deadline` or `stop`, when none is taken. Returns how long it waited.
  std::chrono::nanoseconds Await(std::string_view action, Clock::time_point deadline,
                                 const std::stop_token& stop);
  // Takes a token without waiting: of a call at once.
  void Spend(std::string_view action);
  // EC2 has refused a call for its rate: somebody has emptied the bucket.
  void Refused(std::string_view action);

  // All waits so far, of all threads together; and refusals.
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

// The tokens for what a timed launch may begin with, one RunInstances and one StartInstances, taken
// before its clock starts. Given back as far as they were not used. Thread-safe.
class PrepaidCalls {
 public:
  // Blocks until both are there, `deadline` or `stop`. `pace` outlives it; null: nothing is
  // limited.
  PrepaidCalls(RequestPace* pace, Clock::time_point deadline, const std::stop_token& stop);
  ~PrepaidCalls();
  PrepaidCalls(const PrepaidCalls&) = delete;
  PrepaidCalls& operator=(const PrepaidCalls&) = delete;

  // Counts a call of the action, from what is prepaid or else from the bucket.
  void Use(std::string_view action);
  std::chrono::nanoseconds waited() const { return waited_; }

 private:
  RequestPace* const pace_;
  std::chrono::nanoseconds waited_{};
  std::mutex mutex_;
  std::map<std::string, int, std::less<>> left_;
};

// While it lives, what this thread's calls wait for EC2's request rates is added to `waited_ns`.
class WaitScope {
 public:
  explicit WaitScope(std::atomic<std::int64_t>* waited_ns);  // null: to nothing
  ~WaitScope();
  WaitScope(const WaitScope&) = delete;
  WaitScope& operator=(const WaitScope&) = delete;

  static std::atomic<std::int64_t>* current();  // for threads that work for this one; may be null
  static void Add(std::chrono::nanoseconds waited);

 private:
  std::atomic<std::int64_t>* const before_;
};

}  // namespace aws
