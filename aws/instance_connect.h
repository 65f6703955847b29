// EC2 Instance Connect: an instance accepts a public key for 60 seconds.
#pragma once

#include <memory>
#include <string>

#include "aws/client.h"

namespace aws {

// As thread-safe as Client.
class InstanceConnect {
 public:
  explicit InstanceConnect(std::shared_ptr<Client> client);

  Client& client() const { return *client_; }

  // Throws Error, also if the service answers Success=false.
  void SendSshPublicKey(const std::string& instance_id, const std::string& os_user,
                        const std::string& public_key_line, const std::string& availability_zone,
                        const CallOptions& options);

 private:
  std::shared_ptr<Client> client_;
};

}  // namespace aws
