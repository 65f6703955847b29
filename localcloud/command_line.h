// The command line of the local cloud.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace localcloud {

// `localcloud serve`.
struct ServeOptions {
  std::uint16_t port = 0;
  std::string profile = "ec2";
  double time_scale = 1;
  std::string rtt;
  std::uint64_t seed = 1;
  std::uint16_t ssh_port = 0;
  std::string faults;
  bool exit_with_parent = false;
  std::string machines = "sandbox";
  std::string qemu_image = "debian";
  std::string network = "own";  // of virtual machines
};

struct CommandLine {
  enum class Command {
    kNone,   // all is said already (--help)
    kServe,  // serves the cloud
    kImage,  // builds the image of virtual machines, serve.qemu_image
  };
  Command command = Command::kNone;
  ServeOptions serve;
};

// Prints what --help asks for. Throws std::runtime_error, with one line, if the command line is
// wrong or standard output takes nothing.
CommandLine ParseCommandLine(int argc, char** argv);

}  // namespace localcloud
