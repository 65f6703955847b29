#include "localcloud/model/request_limits.h"

#include <algorithm>

namespace localcloud {
namespace {

// Returns true for actions that change nothing. EC2's names for them start with these words.
bool IsDescribing(const std::string& action) {
  return action.starts_with("Describe") || action.starts_with("Get");
}

// EC2: "when requests are made without specifying either pagination or a filter". IDs do not count
// as a filter.
bool IsUnlimited(const QueryParameters& parameters) {
  return std::none_of(parameters.values().begin(), parameters.values().end(), [](const auto& one) {
    return one.first.starts_with("Filter.") || one.first == "MaxResults";
  });
}

}  // namespace

bool RequestLimits::Admit(const std::string& region, const std::string& action,
                          const QueryParameters& parameters, const RequestRates& rates,
                          TokenBucket::Clock::time_point now) {
  std::string kind = action;
  if (!rates.contains(kind)) {
    kind = !IsDescribing(action) ? "mutating" : IsUnlimited(parameters) ? "listing" : "describing";
  }
  const auto rate = rates.find(kind);
  if (rate == rates.end() || time_scale_ <= 0) return true;
  const std::string name = region + "/" + action + "/" + kind;
  const auto [bucket, is_new] =
      buckets_.try_emplace(name, rate->second.burst, rate->second.per_second / time_scale_);
  return bucket->second.Take(now);
}

}  // namespace localcloud
