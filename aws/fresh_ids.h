// Ids of resources created moments ago. Parts of the service may not know them yet.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"

namespace aws {

// How long after the answer to a create call EC2 may still say that the resource does not exist.
// EC2's page "Eventual consistency" documents no bound. It advises growing waits "up to five
// minutes".
inline constexpr std::chrono::minutes kVisibleWithin{5};

// Ids that this client has got from create calls. If a call that names such an id is refused
// because the resource does not exist, the call is repeated, until kVisibleWithin after the
// creation. For other ids, such as a user's, the refusal is true and final. If a call names both,
// it is repeated only if the error is about the kind of resource that is new. Thread-safe.
class FreshIds {
 public:
  // Returns true if the error code says that a resource of the kind of `id` does not exist.
  using Matches = bool (*)(std::string_view code, std::string_view id);
  explicit FreshIds(Matches matches) : matches_(matches) {}

  void Add(const std::string& id);
  void Add(const std::vector<std::string>& ids);

  // Returns `options` for a call that names `ids`.
  CallOptions ForUseOf(const std::vector<std::string>& ids, const CallOptions& options) const;
  // Returns `options` for a call that removes `id`, and forgets `id`. If the answer to an attempt
  // was lost, the refusal of the next one means that the first one was carried out.
  CallOptions ForRemovalOf(const std::string& id, const CallOptions& options);

 private:
  const Matches matches_;
  mutable std::mutex mutex_;
  std::map<std::string, Clock::time_point> made_;
};

}  // namespace aws
