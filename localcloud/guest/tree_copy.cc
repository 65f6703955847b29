#include "localcloud/guest/tree_copy.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "localcloud/guest/guest_files.h"
#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/tree_removal.h"

namespace localcloud {
namespace {

constexpr std::uint64_t kBlockBytes = 4096;
// The size of one step. A copy can be stopped between steps.
constexpr std::size_t kChunkBytes = 4 << 20;
// Each level holds two of this process's descriptors, whose number is limited.
constexpr int kMaxDepth = 200;
// Flags for openat: a guest may replace any entry by a link or a FIFO at any moment.
constexpr int kAsItIs = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

class TreeCopier {
 public:
  explicit TreeCopier(const CopyLimits& limits) : limits_(limits) {}

  // `path` is for error messages. `to` is an existing directory.
  void CopyDirectory(OwnedFd from, int to, const std::string& path, int depth) {
    struct stat what {};
    if (fstat(from.get(), &what) != 0) Fail("read", path);
    if (depth > kMaxDepth)
      throw std::runtime_error("cannot copy " + path + ": too many directories in each other");
    const Directory directory(fdopendir(from.get()));
    if (!directory) Fail("read", path);
    (void)from.Release();  // the DIR owns it now
    while (const dirent* entry = readdir(directory.get())) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      CopyEntry(dirfd(directory.get()), to, name, fmt::format("{}/{}", path, name), depth);
    }
    Finish(to, what.st_mode, path);
  }

  // Adds to the size before something is copied. Throws if the limit is exceeded or the copy was
  // stopped.
  void Take(std::uint64_t bytes) {
    if (limits_.stop.stop_requested()) throw std::runtime_error("the copy was stopped");
    taken_ += bytes;
    if (taken_ > limits_.max_bytes) throw TreeTooLarge("the tree is too large");
  }

 private:
  [[noreturn]] static void Fail(const char* what, const std::string& path) {
    throw std::runtime_error(std::string("cannot ") + what + " " + path + ": " +
                             std::strerror(errno));
  }

  static void Finish(int fd, mode_t mode, const std::string& path) {
    const bool given = GuestOwner() == geteuid() || fchown(fd, GuestOwner(), GuestOwner()) == 0;
    if (!given || fchmod(fd, mode & 07777) != 0) Fail("set owner and mode of", path);
  }

  void CopyEntry(int from, int to, const std::string& name, const std::string& path, int depth) {
    struct stat what {};
    if (fstatat(from, name.c_str(), &what, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return;  // a running guest has removed it meanwhile
      Fail("read", path);
    }
    if (S_ISLNK(what.st_mode)) {
      CopyLink(from, to, name, path);
    } else if (S_ISDIR(what.st_mode)) {
      Take(kBlockBytes);
      OwnedFd source(openat(from, name.c_str(), O_RDONLY | O_DIRECTORY | kAsItIs));
      if (!source) Fail("read", path);
      if (mkdirat(to, name.c_str(), 0700) != 0) Fail("copy", path);
      const OwnedFd copy(openat(to, name.c_str(), O_RDONLY | O_DIRECTORY | kAsItIs));
      if (!copy) Fail("copy", path);
      CopyDirectory(std::move(source), copy.get(), path, depth + 1);
    } else if (S_ISREG(what.st_mode)) {
      CopyFile(from, to, name, path);
    }  // sockets and FIFOs belong to running programs, not to an image
  }

  void CopyLink(int from, int to, const std::string& name, const std::string& path) {
    Take(kBlockBytes);
    char target[PATH_MAX];
    const ssize_t size = readlinkat(from, name.c_str(), target, sizeof target - 1);
    if (size < 0) Fail("read", path);
    target[size] = '\0';
    if (symlinkat(target, to, name.c_str()) != 0) Fail("copy", path);
    if (GuestOwner() != geteuid() &&
        fchownat(to, name.c_str(), GuestOwner(), GuestOwner(), AT_SYMLINK_NOFOLLOW) != 0) {
      Fail("set the owner of", path);
    }
  }

  void CopyFile(int from, int to, const std::string& name, const std::string& path) {
    Take(kBlockBytes);
    const OwnedFd source(openat(from, name.c_str(), O_RDONLY | O_NOCTTY | kAsItIs));
    struct stat what {};
    if (!source || fstat(source.get(), &what) != 0) Fail("read", path);
    if (!S_ISREG(what.st_mode)) return;
    const OwnedFd copy(openat(to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!copy) Fail("copy", path);
    CopyData(source.get(), copy.get(), what.st_size, path);
    Finish(copy.get(), what.st_mode, path);
  }

  // Copies only the parts that have data. The gaps between them stay holes.
  void CopyData(int from, int to, off_t size, const std::string& path) {
    off_t at = 0;
    while (at < size) {
      const off_t data = lseek(from, at, SEEK_DATA);
      if (data < 0 && errno == ENXIO) break;  // the rest is a hole
      const off_t hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
      if (hole < 0) Fail("read", path);
      at = std::min(hole, size);
      CopyRange(from, to, data, at, path);
    }
    if (ftruncate(to, size) != 0) Fail("copy", path);
  }

  void CopyRange(int from, int to, off_t begin, off_t end, const std::string& path) {
    while (begin < end) {
      const auto wanted = std::min(kChunkBytes, static_cast<std::size_t>(end - begin));
      Take(wanted);
      const ssize_t copied = CopySome(from, to, begin, wanted);
      if (copied < 0) Fail("copy", path);
      if (copied == 0) return;  // the guest has truncated it meanwhile
      begin += copied;
    }
  }

  // Copies in the kernel, with shared blocks if the file system supports that. Returns 0 at the end
  // of the file.
  ssize_t CopySome(int from, int to, off_t at, std::size_t size) {
    if (in_kernel_) {
      off_t in = at;
      off_t out = at;
      const ssize_t copied = copy_file_range(from, &in, to, &out, size, 0);
      const bool cannot = copied < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                                         errno == EOPNOTSUPP);
      if (!cannot) return copied;
      in_kernel_ = false;
    }
    buffer_.resize(kChunkBytes);
    const ssize_t got = pread(from, buffer_.data(), size, at);
    return got <= 0 ? got : pwrite(to, buffer_.data(), static_cast<std::size_t>(got), at);
  }

  const CopyLimits& limits_;
  std::uint64_t taken_ = 0;
  bool in_kernel_ = true;
  std::vector<char> buffer_;
};

}  // namespace

void CopyTree(const std::string& from, const std::string& to, const CopyLimits& limits) {
  OwnedFd source(open(from.c_str(), O_RDONLY | O_DIRECTORY | kAsItIs));
  if (!source) {
    throw std::runtime_error("cannot copy " + from + ": " + std::strerror(errno));
  }
  if (mkdir(to.c_str(), 0700) != 0) {
    throw std::runtime_error("cannot make " + to + ": " + std::strerror(errno));
  }
  try {
    const OwnedFd copy(open(to.c_str(), O_RDONLY | O_DIRECTORY | kAsItIs));
    if (!copy) throw std::runtime_error("cannot open " + to + ": " + std::strerror(errno));
    TreeCopier copier(limits);
    copier.Take(kBlockBytes);
    copier.CopyDirectory(std::move(source), copy.get(), "", 0);
  } catch (...) {
    RemoveTree(to);
    throw;
  }
}

}  // namespace localcloud
