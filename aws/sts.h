// STS: the identity behind the credentials.
#pragma once

#include <memory>
#include <string>

#include "aws/client.h"

namespace aws {

struct CallerIdentity {
  std::string account;
  std::string arn;
};

// Thread-safe.
class Sts {
 public:
  explicit Sts(std::shared_ptr<Client> client);

  CallerIdentity GetCallerIdentity(const CallOptions& options);  // throws Error

 private:
  std::shared_ptr<Client> client_;
};

}  // namespace aws
