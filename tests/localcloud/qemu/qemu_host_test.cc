#include "localcloud/qemu/qemu_host.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "localcloud/loop/temporary_directory.h"

namespace localcloud {
namespace {

bool QemuIsInstalled() {
  try {
    FindQemu();
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string ProbeErrorWithPath(const std::string& path) {
  const char* const now = std::getenv("PATH");
  const std::string before = now != nullptr ? now : "";
  setenv("PATH", path.c_str(), 1);
  std::string text = "none";
  try {
    ProbeQemuHost("/tmp");
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  setenv("PATH", before.c_str(), 1);
  return text;
}

TEST(QemuHostTest, TellsWhatTheHostOffers) {
  if (!QemuIsInstalled()) GTEST_SKIP() << "QEMU is missing (qemu-system-x86)";
  const QemuHost host = ProbeQemuHost("/tmp");
  EXPECT_TRUE(isdigit(static_cast<unsigned char>(host.version.at(0)))) << host.version;
  EXPECT_EQ(host.version.find(' '), std::string::npos) << host.version;
  EXPECT_FALSE(host.cpu.empty());
  EXPECT_GE(host.cpus, 1);
  EXPECT_LE(host.cpus, sysconf(_SC_NPROCESSORS_ONLN));
  EXPECT_GT(host.memory_mib, 0);
  EXPECT_LE(host.memory_mib, sysconf(_SC_PHYS_PAGES) / 1024 * sysconf(_SC_PAGESIZE) / 1024);
  EXPECT_GT(host.disk_free_mib, 0);
  EXPECT_EQ(host.kvm, host.why_no_kvm.empty());
}

TEST(QemuHostTest, MissingQemuIsOneLine) {
  EXPECT_EQ(ProbeErrorWithPath("/nonexistent"),
            "qemu-system-x86_64 is missing: install the package qemu-system-x86");
}

TEST(QemuHostTest, QemuThatDoesNotRunIsOneLine) {
  const TemporaryDirectory directory;
  const std::string file = directory.path() + "/qemu-system-x86_64";
  std::ofstream(file) << "#!/bin/sh\necho 'no such library' >&2\necho more\nexit 1\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  EXPECT_EQ(ProbeErrorWithPath(directory.path()),
            file + " does not tell its version: no such library");
}

TEST(QemuHostTest, MissingDirectoryIsOneLine) {
  if (!QemuIsInstalled()) GTEST_SKIP() << "QEMU is missing (qemu-system-x86)";
  EXPECT_THROW(ProbeQemuHost("/nonexistent"), std::runtime_error);
}

// kvm_pvm pretends to run anything and interprets a few instructions only.
TEST(QemuHostTest, KvmThatInterpretsDoesNotCount) {
  std::string why;
  if (!std::filesystem::exists("/sys/module/kvm_pvm") || access("/dev/kvm", R_OK | W_OK) != 0)
    GTEST_SKIP() << "there is no kvm_pvm here";
  EXPECT_FALSE(KvmRuns(&why));
  EXPECT_EQ(why,
            "KVM interprets a virtual processor's instructions here, and only the simplest ones");
}

}  // namespace
}  // namespace localcloud
