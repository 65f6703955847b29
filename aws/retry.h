// Which failures to retry, and how long to wait before that.
#pragma once

#include <chrono>
#include <random>
#include <string_view>

#include "aws/client.h"
#include "aws/http_transport.h"

namespace aws {

// Returns true if a service error with this code and HTTP status may be retried. The codes are
// those of the AWS SDKs' standard retry mode, and EC2's own (EC2 API reference, "Error codes").
// Insufficient... codes are never retried, although EC2 sends them with status 500: the capacity
// does not come back within a launch, and a retry would hide the answer.
bool IsRetryable(std::string_view code, int http_status);

// Returns true if the service refused the call because of the rate of the caller's requests.
bool IsThrottling(std::string_view code);

// Returns true if the error is retryable and the service has not begun to carry out the request.
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

}  // namespace aws
