#include "aws/given_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "aws/unique_fd.h"

namespace aws {
namespace {

[[noreturn]] void ThrowUnreadable(const std::string& path, const std::string& why) {
  throw std::runtime_error(fmt::format("cannot read {}: {}", path, why));
}

std::string Reason() { return std::generic_category().message(errno); }

UniqueFd Open(const std::string& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

// The device number is the same on every Linux (Documentation/admin-guide/devices.txt).
bool IsDevNull(const struct stat& file) {
  return S_ISCHR(file.st_mode) && file.st_rdev == makedev(1, 3);
}

std::string ReadAll(const UniqueFd& file, const std::string& path) {
  if (!file) ThrowUnreadable(path, Reason());
  struct stat found {};
  if (fstat(file.get(), &found) != 0) ThrowUnreadable(path, Reason());
  if (!S_ISREG(found.st_mode) && !IsDevNull(found))
    ThrowUnreadable(path, "it is not a regular file");
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t count = read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) ThrowUnreadable(path, Reason());
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > kLargestGivenFile)
      ThrowUnreadable(path, fmt::format("it is larger than {} MiB", kLargestGivenFile >> 20));
  }
}

}  // namespace

std::string ReadGivenFile(const std::string& path) { return ReadAll(Open(path), path); }

std::optional<std::string> ReadGivenFileIfThere(const std::string& path) {
  const UniqueFd file = Open(path);
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  return ReadAll(file, path);
}

}  // namespace aws
