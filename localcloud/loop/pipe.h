// A pipe that is closed by its owner, and by exec.
#pragma once

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

struct Pipe {
  OwnedFd read_end;
  OwnedFd write_end;
};

// Both ends block. Throws std::system_error.
Pipe MakePipe();

}  // namespace localcloud
