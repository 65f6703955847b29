// The port on which all instances serve SSH, kept from everybody else.
#pragma once

#include <cstdint>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

// A TCP port that is free on every address of this host, kept so that nobody else can bind it on
// any of them, whether an instance listens there or not: a client that knocks at a closed port is
// never answered by another user's server. Needs no privileges. Processes of the same user that set
// SO_REUSEPORT are not kept out. Throws std::runtime_error.
class ReservedPort {
 public:
  explicit ReservedPort(std::uint16_t wanted);  // 0: any
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  OwnedFd guard_;  // keeps other local clouds off the port
  OwnedFd everywhere_;
};

}  // namespace localcloud
