// The network namespace in which launch_bench reaches the virtual machines of its local cloud.
#pragma once

#include "suites/command/command_line.h"
#include "suites/run/interrupt.h"

namespace suites {

// Executes this program once more in a new network namespace, through unshare(1): with the same
// arguments, streams and process id. Whoever is not allowed to make one gets it in a new user
// namespace. The image of the machines is made first, because there is no way out of the namespace.
// Returns in the new program. A signal that comes in between stays pending, and reaches the new
// program. Requires: line.starts_virtual_machines(); nothing was printed yet, and this process has
// no thread but that of `interrupt`. Throws std::runtime_error, with one line.
void EnterPrivateNetwork(const CommandLine& line, Interrupt* interrupt);

}  // namespace suites
