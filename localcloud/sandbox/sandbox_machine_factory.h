// Creates the machines of one region: directory trees whose commands run in sandboxes.
#pragma once

#include <memory>

#include "localcloud/machine/machine.h"
#include "localcloud/machine/machine_settings.h"

namespace localcloud {

// The event loop should use precise timers (EVENT_BASE_FLAG_PRECISE_TIMER), because they model
// round_trip. Ignores SIGPIPE in the whole process, as any server must.
std::unique_ptr<MachineFactory> MakeSandboxMachineFactory(const MachineSettings& settings);

}  // namespace localcloud
