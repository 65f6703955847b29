// The interface of what machines boot from: root volumes and the images that they are made of.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace localcloud {

// The content of a root volume does not fit into the size it is limited to.
class VolumeFull : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Root volumes and images are directories whose content only the implementation knows. Thread-safe.
// Slow calls take a stop token, and then fail within a few milliseconds. All throw
// std::runtime_error.
class RootVolumes {
 public:
  virtual ~RootVolumes() = default;

  // Makes the root volume `root` of `gib` GiB from `image`. `root` must not exist, and does not
  // exist if this throws.
  virtual void CreateRoot(const std::string& image, const std::string& root, std::int64_t gib,
                          const std::stop_token& stop) const = 0;
  // Makes `image` from the present content of `root`. `image` must not exist, and does not exist if
  // this throws. Throws VolumeFull if the content exceeds `gib` GiB.
  virtual void CreateImage(const std::string& root, const std::string& image, std::int64_t gib,
                           const std::stop_token& stop) const = 0;
  // Returns the entry of the latency profile's "boot" that applies to a root volume.
  virtual std::string BootKind(const std::string& root, bool public_image) const = 0;
  // Returns true if the next boot repeats the steps of an instance's first boot.
  virtual bool FirstBootIsUnfinished(const std::string& root) const = 0;
  // Returns true if the guest asks for keys that Instance Connect pushes, as far as known.
  virtual bool HasInstanceConnect(const std::string& root) const = 0;
  // Returns true if CreateImage needs a machine that is off.
  virtual bool NeedsPowerOff() const = 0;
};

}  // namespace localcloud
