// Serves a local cloud.
#pragma once

#include "localcloud/command_line.h"

namespace localcloud {

// Prints one JSON line on standard output once the cloud answers, and returns after SIGTERM, SIGINT
// or SIGHUP. Throws std::runtime_error, with one line, if the user can correct the problem.
void Serve(const ServeOptions& options);

}  // namespace localcloud
