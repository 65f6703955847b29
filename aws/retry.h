// Which failures are worth another try, and how long to wait before it.
#pragma once

#include <chrono>
#include <random>
#include <stop_token>
#include <string_view>

#include "aws/client.h"
#include "aws/http_transport.h"

namespace aws {

// A service error, by its code and HTTP status. The codes are those of the AWS SDKs' standard retry
// mode, and EC2's own (EC2 API reference, "Error codes"). No Insufficient... code is: EC2 sends
// them with status 500, but the capacity they speak of does not come back within a launch, and a
// retry would hide the answer.
bool IsRetryable(std::string_view code, int http_status);

// A refusal for the rate of the caller's requests.
bool IsThrottling(std::string_view code);

// True for the subset of the above which says that the request was turned away, not begun.
bool WasTurnedAway(std::string_view code, int http_status);

bool IsRetryable(TransportError::Kind kind);

// The waits of one operation. Not thread-safe.
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy);
  Backoff(const RetryPolicy& policy, std::uint64_t seed);

  // Uniform in [0, min(cap, base * 2^n)] for the n-th call, n from 0.
  std::chrono::nanoseconds Next();

 private:
  RetryPolicy policy_;
  std::mt19937_64 random_;
  std::chrono::nanoseconds ceiling_;
};

// Sleeps for `duration` or until `stop` is triggered. False: stopped.
bool SleepFor(std::chrono::nanoseconds duration, const std::stop_token& stop);

}  // namespace aws
