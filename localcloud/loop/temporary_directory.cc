#include "localcloud/loop/temporary_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <vector>

#include "localcloud/loop/tree_removal.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "localcloud.";
constexpr const char* kLockName = "/in-use";

// Returns the entries two levels down: instances/i-..., images/ami-...
std::vector<fs::path> PartsOf(const std::string& path) {
  std::error_code ignored;
  std::vector<fs::path> parts;
  for (const auto& entry : fs::directory_iterator(path, ignored)) {
    if (!entry.is_directory(ignored) || entry.is_symlink(ignored)) continue;
    for (const auto& part : fs::directory_iterator(entry.path(), ignored)) parts.push_back(part);
  }
  return parts;
}

// Removes the parts on several threads. A hundred instances leave about ten thousand files, and the
// end of this process waits for their removal. On a busy disk each removal waits for the journal
// rather than for a processor, so several can wait at the same time.
void RemoveParts(const std::string& path) {
  constexpr std::size_t kThreads = 16;
  const std::vector<fs::path> parts = PartsOf(path);
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> threads;
  while (threads.size() < std::min(kThreads, parts.size())) {
    threads.emplace_back([&] {
      for (std::size_t i; (i = next++) < parts.size();) RemoveTree(parts[i]);
    });
  }
}

void RemoveAll(const std::string& path) {
  try {
    RemoveParts(path);
  } catch (const std::exception&) {  // no threads available: RemoveTree() below removes everything
  }
  RemoveTree(path);
}

// Returns true if the directory has a lock file that no process has locked. A directory without a
// lock file is just being created or removed.
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
    if (ours && IsAbandoned(entry.path())) RemoveAll(entry.path());
  }
}

[[noreturn]] void ThrowNotMade(const std::string& path) {
  throw std::runtime_error("cannot make the directory " + path + ": " + std::strerror(errno));
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  const char* variable = std::getenv("TMPDIR");
  const std::string parent = variable != nullptr && *variable != '\0' ? variable : "/tmp";
  RemoveAbandoned(parent);
  path_ = parent + "/" + kPrefix + "XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) ThrowNotMade(path_);
  // Creates and locks the file under another name, then renames it: it never appears here unlocked.
  const std::string fresh = path_ + kLockName + ".new";
  lock_ = open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (lock_ < 0 || flock(lock_, LOCK_EX | LOCK_NB) != 0 ||
      rename(fresh.c_str(), (path_ + kLockName).c_str()) != 0) {
    ThrowNotMade(path_);
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  RemoveAll(path_);
  close(lock_);
}

}  // namespace localcloud
