// Service Quotas: what an account may have at once.
#pragma once

#include <memory>
#include <string>

#include "aws/client.h"

namespace aws {

// As thread-safe as Client.
class ServiceQuotas {
 public:
  explicit ServiceQuotas(std::shared_ptr<Client> client);

  // The value that is in force for the account in the client's region: `service_code` "ec2",
  // `quota_code` "L-1216C47A". Throws Error; NoSuchResourceException if there is no such quota.
  double GetServiceQuota(const std::string& service_code, const std::string& quota_code,
                         const CallOptions& options);

 private:
  std::shared_ptr<Client> client_;
};

}  // namespace aws
