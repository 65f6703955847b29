#include "localcloud/temporary_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace localcloud {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "localcloud.";
constexpr const char* kLockName = "/in-use";

void RemoveTree(const std::string& path) {
  // A guest may have taken its own rights away from directories; as their owner this process can
  // give them back.
  std::error_code ignored;
  for (fs::recursive_directory_iterator
           it(path, fs::directory_options::skip_permission_denied, ignored),
       end;
       it != end; it.increment(ignored)) {
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
  }
  fs::remove_all(path, ignored);
}

// Whether nobody holds the lock of a directory that has one. A directory without is on its way up
// or down.
bool IsAbandoned(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != geteuid()) {
    return false;
  }
  const int lock = open((path + kLockName).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (lock < 0) return false;
  const bool abandoned = flock(lock, LOCK_EX | LOCK_NB) == 0;
  close(lock);
  return abandoned;
}

void RemoveAbandoned(const std::string& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    const bool ours = entry.path().filename().string().starts_with(kPrefix);
    if (ours && IsAbandoned(entry.path())) RemoveTree(entry.path());
  }
}

[[noreturn]] void Fail(const std::string& path) {
  throw std::runtime_error("cannot make the directory " + path + ": " + std::strerror(errno));
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  const char* variable = std::getenv("TMPDIR");
  const std::string parent = variable != nullptr && *variable != '\0' ? variable : "/tmp";
  RemoveAbandoned(parent);
  path_ = parent + "/" + kPrefix + "XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) Fail(path_);
  // Made and locked elsewhere first: never seen here unlocked.
  const std::string fresh = path_ + kLockName + ".new";
  lock_ = open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (lock_ < 0 || flock(lock_, LOCK_EX | LOCK_NB) != 0 ||
      rename(fresh.c_str(), (path_ + kLockName).c_str()) != 0) {
    Fail(path_);
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  RemoveTree(path_);
  close(lock_);
}

}  // namespace localcloud
