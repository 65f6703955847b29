#include "aws/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace aws {

UniqueFd OpenLogFile(const std::string& path, int flags, mode_t mode) {
  UniqueFd file(open(path.c_str(), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode));
  // ENXIO: a FIFO that nobody reads, or a socket.
  if (!file && errno != ENXIO) throw std::system_error(errno, std::generic_category(), path);
  struct stat found {};
  if (!file || fstat(file.get(), &found) != 0 ||
      (!S_ISREG(found.st_mode) && !S_ISCHR(found.st_mode)))
    throw std::runtime_error(path + ": it is not a regular file");
  return file;
}

}  // namespace aws
