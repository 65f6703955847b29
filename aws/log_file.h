// Opens files to which a run adds lines.
#pragma once

#include <sys/types.h>

#include <string>

#include "aws/unique_fd.h"

namespace aws {

// Opens `path` as open(2) does with `flags` and `mode`, without blocking. Throws std::system_error
// if that fails. Throws std::runtime_error if it is a pipe, a socket or another special file,
// except for character devices: a pipe's reader may not come, and a full pipe would block every
// launch. Both errors name the file.
UniqueFd OpenLogFile(const std::string& path, int flags, mode_t mode);

}  // namespace aws
