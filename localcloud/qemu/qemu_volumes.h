// Root volumes and images of virtual machines: qcow2 layers over one base.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "localcloud/machine/root_volumes.h"
#include "localcloud/qemu/guest_images.h"

namespace localcloud {

// What a root volume boots with.
struct BootDisk {
  std::string disk;                       // the path of the uppermost layer
  std::vector<std::string> layer_places;  // directories of the layers below it, and the base
  // For direct kernel boot; empty if firmware boots the disk.
  std::string kernel;
  std::string initrd;
  std::string kernel_command_line;
};

// A directory holds its layers, except the base, and boot.json, which names the uppermost layer. A
// layer refers to the one below it by file name, or to the base by absolute path. A new root volume
// shares the layers of its image through hard links, and writes to a layer of its own.
class QemuVolumes : public RootVolumes {
 public:
  // Writes a directory at `image` that stands for `base`, so that root volumes can be made of it.
  // Throws std::runtime_error.
  static void WriteImage(const GuestImage& base, const std::string& image);
  // Throws std::runtime_error.
  static BootDisk Read(const std::string& root);

  void CreateRoot(const std::string& image, const std::string& root, std::int64_t gib,
                  const std::stop_token& stop) const override;
  void CreateImage(const std::string& root, const std::string& image, std::int64_t gib,
                   const std::stop_token& stop) const override;
  std::string BootKind(const std::string& root, bool public_image) const override;
  bool FirstBootIsUnfinished(const std::string& root) const override;
  bool HasInstanceConnect(const std::string& root) const override;
  bool NeedsPowerOff() const override { return true; }
};

}  // namespace localcloud
