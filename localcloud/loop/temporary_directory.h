// A directory of this process's own, gone when it ends.
#pragma once

#include <string>

namespace localcloud {

// Marked as in use by a locked file in it, so that the next process can tell, and remove, what one
// that was killed has left behind.
class TemporaryDirectory {
 public:
  // Below $TMPDIR or /tmp, readable by this user only; removes there what dead processes of this
  // user have left. Throws std::runtime_error.
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int lock_ = -1;
};

}  // namespace localcloud
