// Root volumes and images that are directory trees.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "localcloud/machine/root_volumes.h"

namespace localcloud {

// A root volume of any size starts with the whole image; only images are limited by the size.
class TreeVolumes : public RootVolumes {
 public:
  void CreateRoot(const std::string& image, const std::string& root, std::int64_t gib,
                  const std::stop_token& stop) const override;
  void CreateImage(const std::string& root, const std::string& image, std::int64_t gib,
                   const std::stop_token& stop) const override;
  std::string BootKind(const std::string& root, bool public_image) const override;
  bool FirstBootIsUnfinished(const std::string& root) const override;
  bool HasInstanceConnect(const std::string& root) const override;
  bool NeedsPowerOff() const override { return false; }
};

}  // namespace localcloud
