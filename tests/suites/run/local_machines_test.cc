#include "suites/run/local_machines.h"

#include <gtest/gtest.h>

namespace suites {
namespace {

TEST(LocalMachinesTest, WhatALocalCloudSaysOfThem) {
  const auto machines = ReadLocalMachines(R"({"endpoint_url": "http://10.0.0.1:1", "machines": {
      "kind": "qemu", "accelerator": "tcg", "why_not_kvm": "no virtual processor runs",
      "qemu_version": "7.2.22", "host_cpu": "A CPU", "host_cpus": 2, "image": "debian",
      "image_description": "Debian 12", "types": {
        "t3.micro": {"cpus": 2, "memory_mib": 1024, "at_once": 11, "on_own_cores": 1},
        "t3.nano": {"cpus": 1, "memory_mib": 512, "at_once": 22, "on_own_cores": 2}}}})");
  ASSERT_TRUE(machines);
  EXPECT_TRUE(machines->emulated());
  EXPECT_EQ(machines->host_cpus, 2);
  EXPECT_EQ(machines->types.at("t3.micro").at_once, 11);
  EXPECT_EQ(machines->types.at("t3.nano").on_own_cores, 2);
  EXPECT_EQ(DescribeMachines(*machines),
            "QEMU 7.2.22 (TCG: no virtual processor runs), host CPU A CPU (2 CPUs), guests "
            "t3.micro with 2 CPUs and 1024 MiB, t3.nano with 1 CPU and 512 MiB, image debian "
            "(Debian 12)");
}

TEST(LocalMachinesTest, WithKvmThereIsNothingToExplain) {
  const auto machines = ReadLocalMachines(
      R"({"machines": {"kind": "qemu", "accelerator": "kvm", "qemu_version": "9.0"}})");
  ASSERT_TRUE(machines);
  EXPECT_FALSE(machines->emulated());
  EXPECT_EQ(DescribeMachines(*machines), "QEMU 9.0 (KVM)");
}

TEST(LocalMachinesTest, OtherCloudsHaveNone) {
  for (const char* text : {"", "[]", "{}", R"({"machines": 1})", R"({"machines": {}})",
                           R"({"machines": {"kind": "sandbox"}})"})
    EXPECT_FALSE(ReadLocalMachines(text)) << text;
}

TEST(LocalMachinesTest, WhatMakesNoSenseIsPassedOver) {
  const auto machines = ReadLocalMachines(R"({"machines": {
      "kind": "qemu", "accelerator": 1, "host_cpus": -1, "types": {
        "a": 5, "b": {"at_once": -1, "on_own_cores": 1e300, "cpus": "two"}}}})");
  ASSERT_TRUE(machines);
  EXPECT_TRUE(machines->emulated());
  EXPECT_EQ(machines->host_cpus, 0);
  ASSERT_EQ(machines->types.size(), 1U);
  EXPECT_EQ(machines->types.at("b").at_once, 1);
  EXPECT_EQ(machines->types.at("b").on_own_cores, 1);
}

}  // namespace
}  // namespace suites
