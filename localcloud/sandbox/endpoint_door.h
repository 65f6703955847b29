// Lets a guest reach the cloud's own endpoint.
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

// The address that guests' connections to the endpoint come from. No instance has it, and nothing
// else uses it.
constexpr char kGuestsAddress[] = "127.255.255.253";

// A guest has its own loopback interface, so 127.0.0.1 there is not the host. This class opens the
// endpoint's port on 127.0.0.1 in the guest's network and relays each connection to the host, so
// that the same URL reaches the cloud from everywhere. No security group applies: groups of a new
// VPC allow all outgoing traffic. The endpoint itself models the network delay, for guests the same
// as for callers on the host. Use from the event loop's thread only.
class EndpointDoor {
 public:
  // Requires: the sandbox is ready. Throws std::runtime_error.
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
