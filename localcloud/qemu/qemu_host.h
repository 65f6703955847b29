// What this host offers to virtual machines.
#pragma once

#include <cstdint>
#include <string>

namespace localcloud {

struct QemuHost {
  std::string version;             // of QEMU: "7.2.22"
  bool kvm = false;                // a virtual processor was run, not only /dev/kvm opened
  std::string why_no_kvm;          // one line; empty if kvm
  std::string cpu;                 // the model name in /proc/cpuinfo
  int cpus = 1;                    // that this process may use: by affinity and cgroup
  std::int64_t memory_mib = 0;     // available now, on this host and to this cgroup
  std::int64_t disk_free_mib = 0;  // to this user, below `directory`
};

// Returns the path of QEMU, from PATH. Throws std::runtime_error, with one line, if it is missing.
std::string FindQemu();

// Blocks for a few hundred milliseconds, or some seconds if something hangs. Throws
// std::runtime_error, with one line, if QEMU is missing or does not run.
QemuHost ProbeQemuHost(const std::string& directory);

// Returns true if a virtual processor can run here: makes a virtual machine, lets it execute a few
// instructions, and checks what they did. Otherwise sets `why`. Blocks for a few milliseconds, or
// some seconds if the processor hangs.
bool KvmRuns(std::string* why);

}  // namespace localcloud
