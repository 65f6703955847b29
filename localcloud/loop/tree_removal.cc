#include "localcloud/loop/tree_removal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {
namespace {

// How many nested directories are open at a time. Anything deeper is moved to the top of the tree
// and removed from there.
constexpr int kMostLevels = 12;
constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool IsDots(const std::string& name) { return name == "." || name == ".."; }

// Through a descriptor, because the name could be a symbolic link by now.
void TakeRightsBack(int parent, const std::string& name) {
  const OwnedFd fd(openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd) chmod(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), 0700);
}

// Opens the directory and makes it readable and writable for its owner. Returns nullptr, with errno
// set, on failure.
Directory OpenDirectory(int parent, const std::string& name) {
  OwnedFd fd(openat(parent, name.c_str(), kDirectory));
  if (!fd && errno == EACCES) {
    TakeRightsBack(parent, name);
    fd = OwnedFd(openat(parent, name.c_str(), kDirectory));
  }
  struct stat what {};
  if (!fd || fstat(fd.get(), &what) != 0) return nullptr;
  if ((what.st_mode & 0700) != 0700) fchmod(fd.get(), 0700);
  Directory directory(fdopendir(fd.get()));
  if (directory) (void)fd.Release();  // the DIR owns it now
  return directory;
}

class TreeRemover {
 public:
  explicit TreeRemover(int top) : top_(top) {}

  // Returns true if the directory is empty now. Repeats as long as a pass removes something, for
  // two reasons: directories from deeper levels may have been moved up here, and readdir() may miss
  // names in a directory that changes.
  bool Empty(DIR* directory, int level) {
    for (;;) {
      bool removed = false;
      bool left = false;
      rewinddir(directory);
      while (const dirent* entry = readdir(directory)) {
        if (IsDots(entry->d_name)) continue;
        const bool done = Remove(dirfd(directory), entry->d_name, entry->d_type == DT_DIR, level);
        (done ? removed : left) = true;
      }
      if (!removed) return !left;
    }
  }

 private:
  bool Remove(int parent, const std::string& name, bool directory, int level) {
    if (!directory) {
      if (unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return true;
      if (errno != EISDIR) return false;
    }
    if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    if (level == kMostLevels) return MoveUp(parent, name);
    {
      const Directory inner = OpenDirectory(parent, name);
      if (inner == nullptr || !Empty(inner.get(), level + 1)) return false;
    }
    return unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0;
  }

  bool MoveUp(int parent, const std::string& name) {
    constexpr int kTries = 1000;  // the guest's own names may be in the way
    for (int i = 0; i < kTries; ++i) {
      const std::string free_name = "deep-" + std::to_string(moved_++);
      if (renameat(parent, name.c_str(), top_, free_name.c_str()) == 0) return true;
      // A directory can only change its parent if its owner may write to it.
      if (errno == EACCES) {
        TakeRightsBack(parent, name);
      } else if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) {
        return false;
      }
    }
    return false;
  }

  int top_;
  std::uint64_t moved_ = 0;
};

}  // namespace

bool RemoveTree(const std::string& path) {
  {
    const Directory top = OpenDirectory(AT_FDCWD, path);
    if (top == nullptr) return errno == ENOENT;
    if (!TreeRemover(dirfd(top.get())).Empty(top.get(), 1)) return false;
  }
  return rmdir(path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace localcloud
