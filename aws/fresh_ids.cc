#include "aws/fresh_ids.h"

#include <algorithm>
#include <utility>

namespace aws {

void FreshIds::Add(const std::string& id) {
  const Clock::time_point now = Clock::now();
  const std::lock_guard lock(mutex_);
  std::erase_if(made_, [&](const auto& one) { return now - one.second >= kVisibleWithin; });
  made_[id] = now;
}

void FreshIds::Add(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) Add(id);
}

CallOptions FreshIds::ForUseOf(const std::vector<std::string>& ids,
                               const CallOptions& options) const {
  CallOptions result = options;
  std::vector<std::string> fresh;
  const std::lock_guard lock(mutex_);
  for (const std::string& id : ids) {
    const auto made = made_.find(id);
    if (made == made_.end()) continue;
    fresh.push_back(id);
    result.passing.until = std::max(result.passing.until, made->second + kVisibleWithin);
  }
  if (fresh.empty()) return result;
  result.passing.matches = [matches = matches_, fresh = std::move(fresh)](std::string_view code) {
    return std::ranges::any_of(fresh, [&](const std::string& id) { return matches(code, id); });
  };
  return result;
}

CallOptions FreshIds::ForRemovalOf(const std::string& id, const CallOptions& options) {
  CallOptions result = ForUseOf({id}, options);
  result.passing.tells_of_lost = true;
  const std::lock_guard lock(mutex_);
  made_.erase(id);
  return result;
}

}  // namespace aws
