#include "suites/run/result_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "aws/unique_fd.h"
#include "suites/command/command_line.h"

namespace suites {
namespace {

constexpr mode_t kMode = 0644;

[[noreturn]] void Fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), "cannot write " + path);
}

void WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) Fail(path);
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Close(aws::UniqueFd file, const std::string& path) {
  const int fd = dup(file.get());  // close() reports write errors of a network file system
  if (fd < 0 || close(fd) != 0) Fail(path);
}

mode_t ModeOf(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  const mode_t mask = umask(0);
  umask(mask);
  return kMode & ~mask;
}

void SyncDirectory(const std::filesystem::path& directory) {
  const aws::UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) fsync(fd.get());  // some file systems cannot sync directories
}

// Returns false if `path` can only be written in place: its directory is not writable, or it is a
// mount point, such as a single file that is mounted into a container.
bool Replace(const std::string& path, const std::string& text) {
  std::error_code error;
  // A link is kept, and the file that it names is replaced.
  std::filesystem::path target = std::filesystem::canonical(path, error);
  if (error) target = path;
  std::string temporary = target.string() + ".XXXXXX";
  aws::UniqueFd file(mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0 && errno == EACCES) return false;
  if (file.get() < 0) Fail(path);
  try {
    WriteAll(file.get(), text, path);
    if (fchmod(file.get(), ModeOf(path)) != 0 || fsync(file.get()) != 0) Fail(path);
    Close(std::move(file), path);
    if (rename(temporary.c_str(), target.c_str()) != 0) {
      if (errno != EBUSY) Fail(path);
      unlink(temporary.c_str());
      return false;
    }
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  SyncDirectory(target.has_parent_path() ? target.parent_path() : ".");
  return true;
}

// Returns the standard stream of this process that is the same file as `path` (such as
// /dev/stdout); -1 if none is.
int StandardStreamAt(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return -1;
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat stream {};
    if (fstat(fd, &stream) == 0 && stream.st_dev == file.st_dev && stream.st_ino == file.st_ino)
      return fd;
  }
  return -1;
}

void WriteInPlace(const std::string& path, const std::string& text) {
  // O_NONBLOCK: opening a FIFO that nobody reads would block, while machines still run.
  aws::UniqueFd file(open(path.c_str(), O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENXIO && std::filesystem::is_fifo(path))
    throw std::system_error(ENXIO, std::generic_category(),
                            "cannot write " + path + ", a FIFO that no program reads");
  if (file.get() < 0 || fcntl(file.get(), F_SETFL, 0) != 0) Fail(path);
  WriteAll(file.get(), text, path);
  if (fsync(file.get()) != 0 && errno != EINVAL) Fail(path);  // EINVAL: not a file on a disk
  Close(std::move(file), path);
}

}  // namespace

void RefuseDirectoryOrSocket(const std::string& path) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  const bool is_directory = type == std::filesystem::file_type::directory;
  if (!is_directory && type != std::filesystem::file_type::socket) return;
  throw UsageError(fmt::format("cannot write {}: it is a {}; name a file with --benchmark_out",
                               path, is_directory ? "directory" : "socket"));
}

void RequireWritable(const std::string& path, std::string_view flags) {
  RefuseDirectoryOrSocket(path);
  // Opening a pipe may block until it has a reader, and closing it would end its stream.
  if (IsStream(path)) {
    if (access(path.c_str(), W_OK) == 0) return;
    throw UsageError(
        fmt::format("cannot write {}: {}", path, std::generic_category().message(errno)));
  }
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (file == nullptr) {
    throw UsageError(fmt::format("cannot write {}: {}; name another with {}", path,
                                 std::generic_category().message(errno), flags));
  }
  std::fclose(file);
}

void RemoveIfEmpty(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error)) &&
      std::filesystem::is_empty(path, error))
    std::filesystem::remove(path, error);
}

bool IsStream(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return false;
  return !S_ISREG(status.st_mode) || StandardStreamAt(path) >= 0;
}

void WriteResultFile(const std::string& path, const std::string& text) {
  // If the kernel does not follow a link, such as another user's link in /tmp, this program must
  // not resolve it either.
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 && errno != ENOENT) Fail(path);
  // Opening the file again would overwrite it from its start.
  if (const int fd = StandardStreamAt(path); fd >= 0) {
    std::fflush(stdout);
    return WriteAll(fd, text, path);
  }
  if (IsStream(path) || !Replace(path, text)) WriteInPlace(path, text);
}

}  // namespace suites
