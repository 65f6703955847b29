// Service Quotas: the limits of an account.
#pragma once

#include <memory>
#include <string>

#include "aws/client.h"

namespace aws {

// Thread-safe.
class ServiceQuotas {
 public:
  explicit ServiceQuotas(std::shared_ptr<Client> client);

  // Returns the account's current value of a quota (`service_code` "ec2", `quota_code`
  // "L-1216C47A") in the client's region. Throws Error. Its code is NoSuchResourceException if
  // there is no such quota.
  double GetServiceQuota(const std::string& service_code, const std::string& quota_code,
                         const CallOptions& options);

 private:
  std::shared_ptr<Client> client_;
};

}  // namespace aws
