#include "localcloud/qemu/cgroup_limits.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "localcloud/loop/temporary_directory.h"

namespace localcloud {
namespace {

class CgroupLimitsTest : public ::testing::Test {
 protected:
  void Write(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = root_.path() + "/" + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  CgroupLimits Read() const { return ReadCgroupLimits(root_.path()); }

  TemporaryDirectory root_;
};

TEST_F(CgroupLimitsTest, NothingIsNoLimit) {
  EXPECT_FALSE(Read().cpus);
  EXPECT_FALSE(Read().memory_bytes);
}

TEST_F(CgroupLimitsTest, Version2TakesTheTightestGroup) {
  Write("proc/self/cgroup", "0::/a/b\n");
  Write("sys/fs/cgroup/a/memory.max", "1000000\n");
  Write("sys/fs/cgroup/a/memory.current", "700000\n");
  Write("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 100000\n");
  Write("sys/fs/cgroup/a/b/memory.max", "max\n");
  Write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  Write("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
  EXPECT_EQ(Read().memory_bytes, 400000);
  EXPECT_EQ(Read().cpus, 1.5);
}

TEST_F(CgroupLimitsTest, Version1) {
  Write("proc/self/cgroup", "4:memory:/x\n2:cpu,cpuacct:/\n9:name=systemd:/\n");
  Write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "500000\n");
  Write("sys/fs/cgroup/memory/x/memory.usage_in_bytes", "600000\n");
  Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Read().memory_bytes, 0);
  EXPECT_EQ(Read().cpus, 3.0);
  Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  EXPECT_FALSE(Read().cpus);
}

// As in a container that sees the host's path, but only its own group.
TEST_F(CgroupLimitsTest, MissingGroupsCountAsTheMountItself) {
  Write("proc/self/cgroup", "4:memory:/docker/1234\n");
  Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "500000\n");
  Write("sys/fs/cgroup/memory/memory.usage_in_bytes", "100000\n");
  EXPECT_EQ(Read().memory_bytes, 400000);
}

}  // namespace
}  // namespace localcloud
