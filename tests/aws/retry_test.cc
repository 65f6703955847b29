#include "aws/retry.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aws {
namespace {

using namespace std::chrono_literals;

TEST(IsRetryable, ThrottlingAndTransientErrorsAre) {
  for (const char* code : {"RequestLimitExceeded", "Throttling", "ThrottlingException",
                           "TooManyRequestsException", "RequestThrottled"}) {
    EXPECT_TRUE(IsRetryable(code, 400)) << code;
    EXPECT_TRUE(WasTurnedAway(code, 400)) << code;
  }
  for (const char* code :
       {"InternalError", "ServiceUnavailable", "Unavailable", "InternalFailure"}) {
    EXPECT_TRUE(IsRetryable(code, 400)) << code;
  }
  for (const int status : {429, 500, 502, 503, 504}) EXPECT_TRUE(IsRetryable("", status)) << status;
  EXPECT_FALSE(WasTurnedAway("InternalError", 500));
}

TEST(IsRetryable, TheRestIsNot) {
  for (const char* code : {"InsufficientInstanceCapacity", "InsufficientAddressCapacity"}) {
    EXPECT_FALSE(IsRetryable(code, 500)) << code;
  }
  for (const char* code : {"InvalidInstanceID.NotFound", "UnauthorizedOperation", "AuthFailure",
                           "VcpuLimitExceeded", "DependencyViolation", "", "DryRunOperation"}) {
    EXPECT_FALSE(IsRetryable(code, 400)) << code;
  }
  EXPECT_FALSE(IsRetryable("DryRunOperation", 412));
}

TEST(IsRetryable, BrokenConnectionsAreAndBadCertificatesAreNot) {
  using Kind = TransportError::Kind;
  for (const Kind kind : {Kind::kLookup, Kind::kRefused, Kind::kConnect, Kind::kShortage,
                          Kind::kTimeout, Kind::kBroken, Kind::kStale}) {
    EXPECT_TRUE(IsRetryable(kind));
  }
  for (const Kind kind : {Kind::kTls, Kind::kCancelled, Kind::kUnusable}) {
    EXPECT_FALSE(IsRetryable(kind));
  }
}

// Over many seeds the n-th wait is uniform in [0, min(cap, base * 2^n)]: its mean is the middle.
TEST(Backoff, IsFullJitterUpToTheCap) {
  const RetryPolicy policy{.base = 100ms, .cap = 1s};
  const std::chrono::nanoseconds ceilings[] = {100ms, 200ms, 400ms, 800ms, 1s, 1s};
  constexpr int kSeeds = 4000;
  std::chrono::nanoseconds sums[6]{};
  for (int seed = 0; seed < kSeeds; ++seed) {
    Backoff backoff(policy, static_cast<std::uint64_t>(seed));
    for (int n = 0; n < 6; ++n) {
      const auto wait = backoff.Next();
      EXPECT_GE(wait, 0ns);
      EXPECT_LE(wait, ceilings[n]);
      sums[n] += wait;
    }
  }
  for (int n = 0; n < 6; ++n) {
    const double mean = static_cast<double>((sums[n] / kSeeds).count());
    EXPECT_NEAR(mean / static_cast<double>(ceilings[n].count()), 0.5, 0.03) << n;
  }
}

}  // namespace
}  // namespace aws
