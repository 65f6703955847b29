// Creates machines that are virtual machines.
#pragma once

#include <memory>

#include "localcloud/machine/machine.h"
#include "localcloud/qemu/qemu_machine.h"

namespace localcloud {

std::unique_ptr<MachineFactory> MakeQemuMachineFactory(const QemuSettings& settings);

}  // namespace localcloud
