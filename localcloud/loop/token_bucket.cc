#include "localcloud/loop/token_bucket.h"

#include <algorithm>

namespace localcloud {

TokenBucket::TokenBucket(double burst, double per_second)
    : burst_(burst), per_second_(per_second), tokens_(burst) {}

bool TokenBucket::Take(Clock::time_point now) {
  if (filled_at_ == Clock::time_point{}) filled_at_ = now;
  const std::chrono::duration<double> passed = now - filled_at_;
  filled_at_ = now;
  tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace localcloud
