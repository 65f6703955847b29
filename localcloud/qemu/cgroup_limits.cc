#include "localcloud/qemu/cgroup_limits.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace localcloud {
namespace {

// The number in a file that holds nothing else; unset if it is "max" or not there. Version 1 writes
// a number near 2^63 for "max".
std::optional<std::int64_t> NumberIn(const std::string& path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  constexpr std::int64_t kNoLimit = std::int64_t{1} << 60;
  if (!(file >> number) || number < 0 || number > kNoLimit) return std::nullopt;
  return number;
}

// The value of a line "key value" in memory.stat.
std::int64_t StatisticIn(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string name;
  for (std::int64_t value = 0; file >> name >> value;) {
    if (name == key) return value;
  }
  return 0;
}

template <typename Number>
void Lower(std::optional<Number>* limit, Number value) {
  *limit = limit->has_value() ? std::min(**limit, value) : value;
}

// The kernel frees the inactive part of the page cache before the limit is felt.
void LowerMemory(std::optional<std::int64_t> limit, std::optional<std::int64_t> used,
                 std::int64_t inactive, CgroupLimits* limits) {
  if (!limit) return;
  Lower(&limits->memory_bytes,
        std::clamp<std::int64_t>(*limit - used.value_or(0) + inactive, 0, *limit));
}

void ReadVersion2(const std::string& group, CgroupLimits* limits) {
  LowerMemory(NumberIn(group + "/memory.max"), NumberIn(group + "/memory.current"),
              StatisticIn(group + "/memory.stat", "inactive_file"), limits);
  std::ifstream cpu(group + "/cpu.max");  // "max 100000" or "150000 100000"
  double quota = 0;
  double period = 0;
  if (cpu >> quota >> period && period > 0) Lower(&limits->cpus, quota / period);
}

void ReadVersion1(const std::string& group, CgroupLimits* limits) {
  LowerMemory(NumberIn(group + "/memory.limit_in_bytes"),
              NumberIn(group + "/memory.usage_in_bytes"),
              StatisticIn(group + "/memory.stat", "total_inactive_file"), limits);
  const auto quota = NumberIn(group + "/cpu.cfs_quota_us");  // -1: no limit
  const auto period = NumberIn(group + "/cpu.cfs_period_us");
  if (quota && period.value_or(0) > 0)
    Lower(&limits->cpus, static_cast<double>(*quota) / static_cast<double>(*period));
}

}  // namespace

CgroupLimits ReadCgroupLimits(const std::string& root) {
  CgroupLimits limits;
  std::ifstream groups(root + "/proc/self/cgroup");
  // "0::/user.slice" (version 2), "4:memory:/docker/1234"
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream controllers(line.substr(first + 1, second - first - 1));
    const bool version2 = second == first + 1;
    std::string mount = version2 ? "/sys/fs/cgroup" : "";
    for (std::string name; std::getline(controllers, name, ',');) {
      if (name == "memory" || name == "cpu") mount = "/sys/fs/cgroup/" + name;
    }
    if (mount.empty()) continue;
    // The group, then those above it. In a container, the path may be the host's; then only the
    // mount's own directory exists.
    for (std::string path = line.substr(second + 1);; path.erase(path.rfind('/'))) {
      if (path == "/") path.clear();
      const std::string group = root + mount + path;
      version2 ? ReadVersion2(group, &limits) : ReadVersion1(group, &limits);
      if (path.find('/') == std::string::npos) break;
    }
  }
  return limits;
}

}  // namespace localcloud
