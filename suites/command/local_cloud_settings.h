// The local cloud that a run starts for itself: the --local_* flags and --qemu_image.
#pragma once

#include <cstdint>
#include <string>

namespace suites {

struct LocalCloudSettings {
  std::string profile = "ec2";
  double time_scale = 1.0;
  std::string round_trip;  // milliseconds; if empty, the profile's
  unsigned long long seed = 1;
  std::uint16_t ssh_port = 0;  // of its machines; 0: any free port
  // Image of its machines, if they are virtual machines ("debian", "small" or a file). Nothing is
  // modelled then, and only this member counts. Empty: the machines are modelled.
  std::string qemu_image;
};

}  // namespace suites
