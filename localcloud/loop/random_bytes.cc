#include "localcloud/loop/random_bytes.h"

#include <sys/random.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

namespace localcloud {

void FillRandom(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw std::system_error(errno, std::generic_category(), "cannot get random bytes");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace localcloud
