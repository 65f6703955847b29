// What the machines of one region share.
#pragma once

#include <cstdint>
#include <functional>

#include "localcloud/machine/machine.h"

struct event_base;

namespace localcloud {

struct MachineSettings {
  event_base* base = nullptr;
  std::uint16_t ssh_port = 22;   // of all machines, and of held addresses
  Clock::duration round_trip{};  // added to bytes after the TCP accept, half each way
  // Where the cloud answers, which guests reach at the same URL; asked when a machine joins the
  // network. If unset or 0, guests cannot reach the endpoint.
  std::function<std::uint16_t()> endpoint_port;
  bool sandbox_commands =
      true;  // false only where bubblewrap cannot run: commands are then refused, never run bare
};

}  // namespace localcloud
