#include "compare/render/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "compare/input/input_error.h"

namespace launch_compare {
namespace {

[[noreturn]] void FailToWrite(const std::string& path) {
  throw InputError(fmt::format("--output: {} cannot be written: {}", path,
                               std::generic_category().message(errno)));
}

void WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) FailToWrite(path);
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Returns the standard stream that is this file, as /dev/stdout is; -1 if none is.
int StandardStream(const struct stat& file) {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat stream {};
    if (fstat(fd, &stream) == 0 && stream.st_dev == file.st_dev && stream.st_ino == file.st_ino)
      return fd;
  }
  return -1;
}

void WriteDirectly(const std::string& path, mode_t mode, const std::string& text) {
  // O_NONBLOCK: opening a FIFO that no program reads would block.
  const int fd = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 && errno == ENXIO && (S_ISFIFO(mode) || S_ISSOCK(mode))) {
    throw InputError(fmt::format("--output: {} cannot be written: it is a {}", path,
                                 S_ISFIFO(mode) ? "FIFO that no program reads" : "socket"));
  }
  if (fd < 0) FailToWrite(path);
  try {
    if (fcntl(fd, F_SETFL, 0) != 0) FailToWrite(path);
    WriteAll(fd, text, path);
  } catch (...) {
    close(fd);
    throw;
  }
  close(fd);
}

// An earlier file stays until the new one is on the disk. If `path` is a link, replaces its target.
void Replace(const std::string& path, mode_t mode, const std::string& text) {
  std::error_code error;
  std::string target = std::filesystem::canonical(path, error).string();
  if (error) target = path;
  std::string temporary = target + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) FailToWrite(path);
  try {
    WriteAll(fd, text, path);
    if (fchmod(fd, mode) != 0 || fsync(fd) != 0) FailToWrite(path);
    if (rename(temporary.c_str(), target.c_str()) != 0) FailToWrite(path);
  } catch (...) {
    unlink(temporary.c_str());
    close(fd);
    throw;
  }
  close(fd);
}

}  // namespace

void WriteFile(const std::string& path, const std::string& text) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    // If the kernel refuses to follow a link, such as another user's in /tmp, we must not follow it
    // either.
    if (errno != ENOENT) FailToWrite(path);
    const mode_t mask = umask(0);
    umask(mask);
    Replace(path, 0644 & ~mask, text);
  } else if (const int stream = StandardStream(status); stream >= 0) {
    WriteAll(stream, text, path);  // a file in its place would not have what the stream has
  } else if (S_ISREG(status.st_mode)) {
    Replace(path, status.st_mode & 07777, text);
  } else {
    WriteDirectly(path, status.st_mode, text);
  }
}

}  // namespace launch_compare
