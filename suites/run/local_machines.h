// The virtual machines of a local cloud, as the cloud describes them (docs/reference.md).
#pragma once

#include <map>
#include <optional>
#include <string>

namespace suites {

// Unknown texts are empty.
struct LocalMachines {
  std::string accelerator;  // "kvm" or "tcg"
  std::string why_not_kvm;  // one line; empty with KVM
  std::string qemu_version;
  std::string host_cpu;  // the model's name
  int host_cpus = 0;     // 0: not known
  std::string image;
  std::string image_description;
  struct Type {
    int cpus = 0;
    int memory_mib = 0;
    int at_once = 1;       // as many fit into this host's memory
    int on_own_cores = 1;  // as many have CPU cores of their own
  };
  std::map<std::string, Type> types;  // by instance type

  // Without KVM, QEMU emulates the processor, and everything in a guest takes many times as long.
  bool emulated() const { return accelerator != "kvm"; }
};

// Reads the member "machines" of `cloud`, a local cloud's greeting or information in JSON. Returns
// nullopt unless it describes virtual machines. Members that are missing or make no sense keep
// their defaults.
std::optional<LocalMachines> ReadLocalMachines(const std::string& cloud);

// Returns "KVM" or "TCG".
std::string AcceleratorOf(const LocalMachines& machines);
// Returns "m7i.large with 2 CPUs and 2048 MiB, t3.micro with ...".
std::string DescribeGuests(const LocalMachines& machines);
// Returns one line: QEMU, the accelerator, the host's CPU, the guests and their image.
std::string DescribeMachines(const LocalMachines& machines);

}  // namespace suites
