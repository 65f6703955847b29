#include "localcloud/guest/guest_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace localcloud {
namespace {

constexpr uid_t kNobody = 65534;  // ordinary containers map this id, too

[[noreturn]] void ThrowFileError(const std::string& what, const std::string& path) {
  throw std::runtime_error(what + " " + path + ": " + std::strerror(errno));
}

std::string ParentOf(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Returns true if this process's user namespace maps `user`. In a namespace that maps only root,
// root has no more rights than the plain user who created it.
bool IsMapped(uid_t user) {
  std::ifstream map("/proc/self/uid_map");
  for (std::uint64_t inside, outside, count; map >> inside >> outside >> count;) {
    if (user >= inside && user < inside + count) return true;
  }
  return false;
}

OwnedFd OpenIn(int directory, const std::string& path, open_how how) {
  how.resolve |= RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const std::string inside = path.empty() ? "." : path;
  constexpr int kTries = 100;  // EAGAIN: something on the host was renamed meanwhile
  long fd = -1;
  for (int i = 0; i < kTries; ++i) {
    fd = syscall(SYS_openat2, directory, inside.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) break;
  }
  return OwnedFd(static_cast<int>(fd));
}

void GiveFileToGuest(int fd) {
  if (GuestOwner() != geteuid() && fchown(fd, GuestOwner(), GuestOwner()) != 0) {
    throw std::runtime_error(std::string("cannot give a file to the guest: ") +
                             std::strerror(errno));
  }
}

}  // namespace

uid_t GuestOwner() {
  static const bool can_be_nobody = geteuid() == 0 && IsMapped(kNobody);
  return can_be_nobody ? kNobody : geteuid();
}

GuestFiles::GuestFiles(const std::string& root)
    : root_(root), directory_(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (!directory_) ThrowFileError("cannot open the tree", root);
}

OwnedFd GuestFiles::Open(const std::string& path, int flags, mode_t mode) const {
  open_how how{};
  // With O_PATH nothing is opened, and openat2 refuses it together with these flags.
  const int never_wait = (flags & O_PATH) != 0 ? 0 : O_NONBLOCK | O_NOCTTY;
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC | never_wait);
  how.mode = mode;
  return OpenIn(directory_.get(), path, how);
}

bool GuestFiles::Exists(const std::string& path) const {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  return static_cast<bool>(OpenIn(directory_.get(), path, how));
}

bool GuestFiles::LeadsThroughLink(const std::string& path) const {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = RESOLVE_NO_SYMLINKS;
  const OwnedFd fd = OpenIn(directory_.get(), path, how);
  struct stat what {};
  return fd ? fstat(fd.get(), &what) == 0 && S_ISLNK(what.st_mode) : errno == ELOOP;
}

std::vector<std::string> GuestFiles::List(const std::string& path) const {
  std::vector<std::string> names;
  OwnedFd fd = Open(path, O_RDONLY | O_DIRECTORY);
  DIR* const directory = fd ? fdopendir(fd.get()) : nullptr;
  if (directory == nullptr) return names;
  (void)fd.Release();  // the DIR owns it now
  while (const dirent* entry = names.size() < kMostNames ? readdir(directory) : nullptr) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

bool GuestFiles::IsFile(const std::string& path) const {
  const OwnedFd fd = Open(path, O_PATH | O_NOFOLLOW);
  struct stat what {};
  return fd && fstat(fd.get(), &what) == 0 && S_ISREG(what.st_mode);
}

std::optional<std::string> GuestFiles::Read(const std::string& path, std::size_t limit) const {
  const OwnedFd fd = Open(path, O_RDONLY);
  struct stat what {};
  if (!fd || fstat(fd.get(), &what) != 0 || !S_ISREG(what.st_mode)) return std::nullopt;
  std::string content;
  char chunk[16384];
  while (content.size() <= limit) {
    const ssize_t n = read(fd.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) return content;
    content.append(chunk, static_cast<std::size_t>(n));
  }
  return std::nullopt;
}

void GuestFiles::WriteAll(const std::string& path, int flags, const std::string& content,
                          mode_t mode) const {
  OwnedFd fd;
  if ((flags & O_EXCL) == 0) fd = Open(path, flags | O_WRONLY);
  if (!fd) {
    MakeDirectory(ParentOf(path));
    fd = Open(path, flags | O_WRONLY | O_CREAT, mode);
    if (fd) {
      GiveFileToGuest(fd.get());
      fchmod(fd.get(), mode);  // regardless of the umask
    }
  }
  struct stat what {};
  if (!fd || fstat(fd.get(), &what) != 0) ThrowFileError("cannot write", root_ + "/" + path);
  if (!S_ISREG(what.st_mode))
    throw std::runtime_error("cannot write " + root_ + "/" + path + ": not a file");
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = write(fd.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno != EINTR) ThrowFileError("cannot write", root_ + "/" + path);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

void GuestFiles::Write(const std::string& path, const std::string& content, mode_t mode) const {
  Remove(path);
  WriteAll(path, O_EXCL, content, mode);
}

void GuestFiles::Append(const std::string& path, const std::string& content, mode_t mode) const {
  WriteAll(path, O_APPEND, content, mode);
}

void GuestFiles::MakeDirectory(const std::string& path, mode_t mode) const {
  if (path.empty() || Open(path, O_PATH | O_DIRECTORY)) return;
  MakeDirectory(ParentOf(path));
  const OwnedFd parent = Open(ParentOf(path), O_RDONLY | O_DIRECTORY);
  if (!parent || (mkdirat(parent.get(), NameOf(path).c_str(), mode) != 0 && errno != EEXIST)) {
    ThrowFileError("cannot make the directory", root_ + "/" + path);
  }
  const OwnedFd made = Open(path, O_RDONLY | O_DIRECTORY);
  if (!made) ThrowFileError("cannot make the directory", root_ + "/" + path);
  GiveFileToGuest(made.get());
  fchmod(made.get(), mode);
}

void GuestFiles::Remove(const std::string& path) const {
  const OwnedFd parent = Open(ParentOf(path), O_RDONLY | O_DIRECTORY);
  if (parent) unlinkat(parent.get(), NameOf(path).c_str(), 0);
}

OwnedFd GuestFiles::MakeFifo(const std::string& path) const {
  MakeDirectory(ParentOf(path));
  const OwnedFd parent = Open(ParentOf(path), O_RDONLY | O_DIRECTORY);
  if (!parent) ThrowFileError("cannot make the FIFO", root_ + "/" + path);
  unlinkat(parent.get(), NameOf(path).c_str(), 0);
  if (mkfifoat(parent.get(), NameOf(path).c_str(), 0600) != 0)
    ThrowFileError("cannot make the FIFO", root_ + "/" + path);
  OwnedFd fd(
      openat(parent.get(), NameOf(path).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) ThrowFileError("cannot open the FIFO", root_ + "/" + path);
  GiveFileToGuest(fd.get());
  return fd;
}

}  // namespace localcloud
