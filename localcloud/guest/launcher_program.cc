#include "localcloud/guest/launcher_program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>

#include "localcloud/loop/owned_fd.h"

// LAUNCHER_FILE is the launcher's program file from this build.
asm(".pushsection .rodata, \"a\"\n"
    ".global localcloud_launcher\n"
    "localcloud_launcher: .incbin \"" LAUNCHER_FILE
    "\"\n"
    ".global localcloud_launcher_end\n"
    "localcloud_launcher_end:\n"
    ".popsection\n");
extern "C" const char localcloud_launcher[];
extern "C" const char localcloud_launcher_end[];

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // since Linux 6.3, which requires it for programs
#endif

namespace localcloud {
namespace {

OwnedFd MakeSealedCopy() {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  OwnedFd file(memfd_create("launcher", kFlags | MFD_EXEC));
  if (!file && errno == EINVAL) file = OwnedFd(memfd_create("launcher", kFlags));
  const char* from = localcloud_launcher;
  while (file && from < localcloud_launcher_end) {
    const ssize_t n =
        write(file.get(), from, static_cast<std::size_t>(localcloud_launcher_end - from));
    if (n < 0 && errno != EINTR) break;
    if (n > 0) from += n;
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (from != localcloud_launcher_end || fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
    throw std::runtime_error(std::string("cannot keep a program in memory: ") +
                             std::strerror(errno));
  }
  return file;
}

}  // namespace

int LauncherProgram() {
  static const OwnedFd file = MakeSealedCopy();
  return file.get();
}

}  // namespace localcloud
