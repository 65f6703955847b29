// SSM Parameter Store, for the public parameters that name the latest images.
#pragma once

#include <memory>
#include <string>

#include "aws/client.h"

namespace aws {

// As thread-safe as Client.
class Ssm {
 public:
  explicit Ssm(std::shared_ptr<Client> client);

  std::string GetParameter(const std::string& name,
                           const CallOptions& options);  // its value; throws Error

 private:
  std::shared_ptr<Client> client_;
};

}  // namespace aws
