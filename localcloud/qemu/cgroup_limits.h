// What the control groups of this process leave it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace localcloud {

struct CgroupLimits {
  std::optional<double> cpus;                // unset: no limit
  std::optional<std::int64_t> memory_bytes;  // that can still be used; unset: no limit
};

// Reads both versions of control groups, and the limits of all groups above. What cannot be read
// counts as no limit. `root` is the directory that holds proc and sys.
CgroupLimits ReadCgroupLimits(const std::string& root = "");

}  // namespace localcloud
