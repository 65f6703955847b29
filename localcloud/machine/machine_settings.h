// The settings that all machines of one region share.
#pragma once

#include <cstdint>
#include <functional>

#include "localcloud/machine/machine.h"

struct event_base;

namespace localcloud {

struct MachineSettings {
  event_base* base = nullptr;
  std::uint16_t ssh_port = 22;  // for all machines and held addresses
  // Added to bytes after the TCP accept, half in each direction.
  Clock::duration round_trip{};
  // Returns the port of the cloud's endpoint, which guests reach at the same URL as clients. Called
  // when a machine joins the network. If unset or 0, guests cannot reach the endpoint.
  std::function<std::uint16_t()> endpoint_port;
  // False only if bubblewrap cannot run here. Commands are then refused, never run without a
  // sandbox.
  bool sandbox_commands = true;
};

}  // namespace localcloud
