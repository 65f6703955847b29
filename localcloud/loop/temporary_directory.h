// A temporary directory of this process, removed when the process ends.
#pragma once

#include <string>

namespace localcloud {

// A locked file in the directory shows that it is in use. A later process can therefore recognize
// and remove the directory of a process that was killed.
class TemporaryDirectory {
 public:
  // Creates the directory below $TMPDIR or /tmp, readable by this user only. First removes the
  // directories that dead processes of this user left there. Throws std::runtime_error.
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
