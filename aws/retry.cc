#include "aws/retry.h"

#include <algorithm>
#include <array>

namespace aws {
namespace {

constexpr std::array<std::string_view, 12> kThrottling = {
    "RequestLimitExceeded",     "Throttling",
    "ThrottlingException",      "ThrottledException",
    "RequestThrottled",         "RequestThrottledException",
    "TooManyRequestsException", "SlowDown",
    "BandwidthLimitExceeded",   "EC2ThrottledException",
    "PriorRequestNotComplete",  "ConcurrentTagAccessException"};

constexpr std::array<std::string_view, 8> kTransient = {
    "InternalError",      "InternalFailure", "InternalServerError", "InternalServerException",
    "ServiceUnavailable", "Unavailable",     "RequestTimeout",      "RequestTimeoutException"};

template <std::size_t n>
bool Contains(const std::array<std::string_view, n>& list, std::string_view code) {
  return std::find(list.begin(), list.end(), code) != list.end();
}

}  // namespace

bool IsThrottling(std::string_view code) { return Contains(kThrottling, code); }

bool WasTurnedAway(std::string_view code, int http_status) {
  return Contains(kThrottling, code) || code == "ServiceUnavailable" || code == "Unavailable" ||
         http_status == 429 || http_status == 503;
}

bool IsRetryable(std::string_view code, int http_status) {
  if (code.starts_with("Insufficient")) return false;
  return WasTurnedAway(code, http_status) || Contains(kTransient, code) || http_status >= 500;
}

bool IsRetryable(TransportError::Kind kind) {
  using Kind = TransportError::Kind;
  switch (kind) {
    case Kind::kLookup:
    case Kind::kRefused:
    case Kind::kConnect:
    case Kind::kShortage:
    case Kind::kTimeout:
    case Kind::kBroken:
    case Kind::kStale:
      return true;
    case Kind::kTls:
    case Kind::kCancelled:
    case Kind::kUnusable:
      return false;
  }
  return false;
}

Backoff::Backoff(const RetryPolicy& policy) : Backoff(policy, std::random_device{}()) {}

Backoff::Backoff(const RetryPolicy& policy, std::uint64_t seed)
    : policy_(policy), random_(seed), ceiling_(std::min(policy.base, policy.cap)) {}

std::chrono::nanoseconds Backoff::Next() {
  std::uniform_int_distribution<std::int64_t> uniform(0, ceiling_.count());
  const std::chrono::nanoseconds wait(uniform(random_));
  ceiling_ = std::min<std::chrono::nanoseconds>(ceiling_ * 2, policy_.cap);
  return wait;
}

}  // namespace aws
