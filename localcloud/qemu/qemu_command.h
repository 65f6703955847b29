// The command line of QEMU for one machine.
#pragma once

#include <string>
#include <vector>

#include "localcloud/loop/owned_fd.h"
#include "localcloud/qemu/qemu_process.h"

namespace localcloud {

struct QemuCommand {
  std::vector<std::string> arguments;  // [0] is the program's name
  std::vector<int> descriptors;        // [i] becomes descriptor i of QEMU; -1: /dev/null
  std::vector<OwnedFd> files;          // the owners of some of them, until QEMU is started
};

// The descriptors that QEMU gets are `messages` (its standard error), `monitor` (a Unix socket that
// speaks QMP), `serial` (a pipe) and the files of the machine, which this function opens. The
// machine does not run until the monitor says "cont"; to resume saved memory, "migrate-incoming"
// comes first. Throws std::runtime_error, with one line, if a file cannot be opened.
QemuCommand MakeQemuCommand(const QemuProcess::Options& options, int messages, int monitor,
                            int serial);

// Returns the UUID that a machine's firmware shows. It begins with "ec2", as on EC2.
std::string MachineUuid(const std::string& instance_id);

}  // namespace localcloud
