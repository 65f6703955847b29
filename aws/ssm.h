// SSM Parameter Store, for the public parameters that name the latest images.
#pragma once

#include <memory>
#include <string>

#include "aws/client.h"

namespace aws {

// Thread-safe.
class Ssm {
 public:
  explicit Ssm(std::shared_ptr<Client> client);

  // Returns the parameter's value. Throws Error.
  std::string GetParameter(const std::string& name, const CallOptions& options);

 private:
  std::shared_ptr<Client> client_;
};

}  // namespace aws
