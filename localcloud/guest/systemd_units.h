// Reads a guest's own systemd units.
#pragma once

#include <string>
#include <vector>

#include "localcloud/guest/guest_files.h"

namespace localcloud {

// A service that an administrator (or a bake) has put into etc/systemd/system and enabled. The
// distribution's own units are not run: the latency profile models them.
struct SystemdUnit {
  std::string name;                     // "launch-bench-init.service"
  bool before_sshd = false;             // ordered before sshd, which waits for it
  std::vector<std::string> exec_start;  // command lines
};

std::vector<SystemdUnit> EnabledUnits(const GuestFiles& files);
// Returns the names of timers enabled the same way: "launch-bench-lifetime.timer".
std::vector<std::string> EnabledTimers(const GuestFiles& files);

}  // namespace localcloud
