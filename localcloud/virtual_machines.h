// The virtual machines of a local cloud: what they boot, what this host offers them, and their
// network.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "localcloud/cloud.h"
#include "localcloud/machine/machine_settings.h"
#include "localcloud/qemu/guest_images.h"
#include "localcloud/qemu/qemu_host.h"
#include "localcloud/qemu/qemu_machine.h"

namespace localcloud {

// Use from the event loop's thread only.
class VirtualMachines {
 public:
  // The network is that of the namespace that this process is in (EnterPrivateNetwork). `directory`
  // is the cloud's. Throws std::runtime_error, with one line.
  VirtualMachines(event_base* base, GuestImage image, const std::string& directory);

  // Sets what a cloud of virtual machines has instead of a model.
  void Configure(CloudOptions* options) const;
  std::unique_ptr<MachineFactory> MakeFactory(const MachineSettings& settings) const;

 private:
  // Describes the machines for clients; docs/localcloud.md.
  std::string Description() const;

  const GuestImage image_;
  const std::string image_directory_;
  const QemuHost host_;
  QemuSettings settings_;
};

// The port at which all of them answer SSH.
inline constexpr std::uint16_t kGuestSshPort = 22;

}  // namespace localcloud
