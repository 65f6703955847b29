// The instance types that the local cloud offers: those of the launch study, and a few more that
// people try first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace localcloud {

// Figures from AWS's published instance type pages (2026).
struct InstanceType {
  std::string name;
  std::string architecture;  // of the images it runs: "x86_64" or "arm64"
  int vcpus = 0;
  std::int64_t memory_mib = 0;
  bool hibernation_supported = false;
  bool current_generation = true;
  // Xen types can also run 32-bit systems, and list i386 before x86_64.
  bool xen = false;
};

const std::vector<InstanceType>& InstanceTypes();
// Returns nullptr if the type is not offered.
const InstanceType* FindInstanceType(std::string_view name);

}  // namespace localcloud
