// What a guest's own systemd units ask for.
#pragma once

#include <string>
#include <vector>

#include "localcloud/guest/guest_files.h"

namespace localcloud {

// A service that an administrator (or a bake) has put into etc/systemd/system and enabled. Those of
// the distribution are what the latency profile stands for, and are not run.
struct SystemdUnit {
  std::string name;                     // "launch-bench-init.service"
  bool before_sshd = false;             // ordered before sshd, which then waits for it
  std::vector<std::string> exec_start;  // command lines
};

std::vector<SystemdUnit> EnabledUnits(const GuestFiles& files);
// Likewise its timers, by name: "launch-bench-lifetime.timer".
std::vector<std::string> EnabledTimers(const GuestFiles& files);

}  // namespace localcloud
