// Reserves the port on which all instances serve SSH.
#pragma once

#include <cstdint>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

// A TCP port that is free on every address of this host, and reserved so that no other process can
// bind it on any of them. A client that tries a closed port is therefore never answered by another
// user's server. Needs no privileges. Does not keep out processes of the same user that set
// SO_REUSEPORT. Throws std::runtime_error.
class ReservedPort {
 public:
  explicit ReservedPort(std::uint16_t wanted);  // 0: any free port
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  OwnedFd guard_;  // keeps other local clouds off the port
  OwnedFd everywhere_;
};

}  // namespace localcloud
