// Limits how many EC2 calls an account may make.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "localcloud/http/query_parameters.h"
#include "localcloud/loop/token_bucket.h"
#include "localcloud/model/latency_profile.h"

namespace localcloud {

// Each action of each region has its own token bucket ("each API is evaluated individually", EC2
// Developer Guide, "Request throttling for the EC2 API"). Size and refill rate come from
// RequestRates. Use from the event loop's thread only.
class RequestLimits {
 public:
  // `time_scale` is that of CloudOptions. If modelled time passes 20 times as fast (0.05), buckets
  // refill 20 times as fast. 0: no limits.
  explicit RequestLimits(double time_scale) : time_scale_(time_scale) {}

  // Counts one call. Returns false if it must be refused.
  bool Admit(const std::string& region, const std::string& action,
             const QueryParameters& parameters, const RequestRates& rates,
             TokenBucket::Clock::time_point now);

 private:
  const double time_scale_;
  std::map<std::string, TokenBucket> buckets_;
};

}  // namespace localcloud
