// Limits a request rate the way EC2 does (EC2 Developer Guide, "Request throttling for the EC2
// API").
#pragma once

#include <chrono>

namespace localcloud {

// Holds up to `burst` tokens. Starts full, and regains `per_second` tokens each second. Not
// thread-safe.
class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  TokenBucket(double burst, double per_second);

  // Takes a token. Returns false if there is none. Requires: `now` never goes back.
  bool Take(Clock::time_point now);

 private:
  double burst_;
  double per_second_;
  double tokens_;
  Clock::time_point filled_at_{};  // unset before the first Take()
};

}  // namespace localcloud
