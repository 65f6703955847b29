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

// Of directories open at a time. What is deeper is moved up to the top and removed from there.
constexpr int kMostLevels = 12;
constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool IsDots(const std::string& name) { return name == "." || name == ".."; }

// By descriptor: a name could be a link by now.
void TakeRightsBack(int parent, const std::string& name) {
  const OwnedFd fd(openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd) chmod(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), 0700);
}

// Able to be read and changed by its owner.
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
  if (directory) (void)fd.Release();  // the DIR's now
  return directory;
}

class TreeRemover {
 public:
  explicit TreeRemover(int top) : top_(top) {}

  // Whether the directory is empty now. Goes over it again as long as that helps: what was deep has
  // come up meanwhile, and a directory that changes need not list every name at once.
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
