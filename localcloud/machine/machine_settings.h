// The settings that all machines of one region share.
#pragma once

#include <cstdint>

#include "localcloud/machine/machine.h"

struct event_base;

namespace localcloud {

struct MachineSettings {
  event_base* base = nullptr;
  std::uint16_t ssh_port = 22;  // for all machines and held addresses
  // Added to bytes after the TCP accept, half in each direction.
  Clock::duration round_trip{};
  // Of the cloud's endpoint, which guests reach at the same URL as clients. 0: they cannot reach
  // it.
  std::uint16_t endpoint_port = 0;
  // False only if bubblewrap cannot run here. Commands are then refused, never run without a
  // sandbox.
  bool sandbox_commands = true;
};

}  // namespace localcloud
