// The instance types the local cloud offers: those the launch study used, and a few more that
// people try first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace localcloud {

// From AWS's published instance type pages (2026).
struct InstanceType {
  std::string name;
  std::string architecture;  // "x86_64", "arm64": of the images it runs
  int vcpus = 0;
  std::int64_t memory_mib = 0;
  bool hibernation_supported = false;
  bool current_generation = true;
  // Xen types run 32-bit systems too, and list i386 before x86_64.
  bool xen = false;
};

const std::vector<InstanceType>& InstanceTypes();
// nullptr: not offered.
const InstanceType* FindInstanceType(std::string_view name);

}  // namespace localcloud
