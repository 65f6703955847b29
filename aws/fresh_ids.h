// What was created moments ago, which the service need not know everywhere yet.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"

namespace aws {

// How long after its creation was answered EC2 may still say that something does not exist. Its
// "Eventual consistency" page documents no bound; it advises growing waits "up to five minutes".
inline constexpr std::chrono::minutes kVisibleWithin{5};

// Ids that this client has got from create calls. A refusal of a call that names one of them, which
// says that such a thing does not exist, is repeated until kVisibleWithin after its creation. Of
// other ids, such as a user's, the refusal is true; a call that names both is repeated for the kind
// of thing that is new. Thread-safe.
class FreshIds {
 public:
  // Whether an error code says that something of the kind of `id` does not exist.
  using Matches = bool (*)(std::string_view code, std::string_view id);
  explicit FreshIds(Matches matches) : matches_(matches) {}

  void Add(const std::string& id);
  void Add(const std::vector<std::string>& ids);

  // `options` for a call that names `ids`.
  CallOptions ForUseOf(const std::vector<std::string>& ids, const CallOptions& options) const;
  // The same for a call that removes `id`, which is no new one for later calls: after a request
  // whose answer was lost, the refusal says that it was carried out.
  CallOptions ForRemovalOf(const std::string& id, const CallOptions& options);

 private:
  const Matches matches_;
  mutable std::mutex mutex_;
  std::map<std::string, Clock::time_point> made_;
};

}  // namespace aws
