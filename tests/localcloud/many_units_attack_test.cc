// A guest enables more services than any real system has. The event loop reads them at each boot.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/systemd_units.h"
#include "tests/localcloud/machine_harness.h"

namespace localcloud {
namespace {

class ManyUnitsAttack : public ::testing::Test {
 protected:
  ManyUnitsAttack() { std::filesystem::create_directories(units_ + "/many.wants"); }
  void Enable(const std::string& name, const std::string& text) {
    std::ofstream(units_ + "/" + name) << text;
    std::ofstream(units_ + "/many.wants/" + name);
  }

  TestDirectory directory_;
  const std::string units_ = directory_ / "etc/systemd/system";
};

TEST_F(ManyUnitsAttack, AFewAreTaken) {
  for (int i = 0; i < 1000; ++i) {
    Enable("service" + std::to_string(i) + ".service", "ExecStart=/bin/true\n");
    Enable("timer" + std::to_string(i) + ".timer", "");
  }
  const GuestFiles files(directory_ / "");
  EXPECT_EQ(EnabledUnits(files).size(), 64u);
  EXPECT_EQ(EnabledTimers(files).size(), 64u);
}

TEST_F(ManyUnitsAttack, ALargeUnitIsNotRead) {
  Enable("large.service", "ExecStart=/bin/true\n" + std::string(1 << 20, '#'));
  Enable("small.service", "ExecStart=/bin/true\n");
  const GuestFiles files(directory_ / "");
  for (const SystemdUnit& unit : EnabledUnits(files)) {
    EXPECT_EQ(unit.exec_start.size(), unit.name == "small.service" ? 1u : 0u) << unit.name;
  }
}

TEST_F(ManyUnitsAttack, OfAHugeDirectoryAPartIsListed) {
  for (std::size_t i = 0; i < GuestFiles::kMostNames + 10; ++i)
    std::ofstream(units_ + "/" + std::to_string(i));
  EXPECT_EQ(GuestFiles(directory_ / "").List("etc/systemd/system").size(), GuestFiles::kMostNames);
}

}  // namespace
}  // namespace localcloud
