// How a guest reaches the cloud's own endpoint.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "localcloud/guest/guest_sandbox.h"
#include "localcloud/loop/acceptor.h"
#include "localcloud/loop/delayed_relay.h"
#include "localcloud/loop/owned_fd.h"

struct event_base;

namespace localcloud {

// Where the endpoint sees guests come from; no instance has this address, and nobody else uses it.
constexpr char kGuestsAddress[] = "127.255.255.253";

// A guest's loopback is its own, so that 127.0.0.1 there is not the host's. This opens the
// endpoint's port on 127.0.0.1 in the guest's network, so that one URL leads to the cloud from
// everywhere, and relays each connection to the host's. No security group stands between: groups of
// a new VPC let everything out. The endpoint models the way to it itself, for guests the same as
// for callers on the host. From the event loop's thread only.
class EndpointDoor {
 public:
  // The sandbox must be ready. Throws std::runtime_error.
  EndpointDoor(event_base* base, const GuestSandbox& sandbox, std::uint16_t port);
  EndpointDoor(const EndpointDoor&) = delete;
  EndpointDoor& operator=(const EndpointDoor&) = delete;

 private:
  void Relay(OwnedFd guest);

  event_base* base_;
  std::uint16_t port_;
  OwnedFd listener_;
  std::list<std::unique_ptr<DelayedRelay>> relays_;
  std::unique_ptr<Acceptor> acceptor_;
};

}  // namespace localcloud
