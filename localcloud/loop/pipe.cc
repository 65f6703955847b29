#include "localcloud/loop/pipe.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace localcloud {

Pipe MakePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
  return {OwnedFd(ends[0]), OwnedFd(ends[1])};
}

}  // namespace localcloud
