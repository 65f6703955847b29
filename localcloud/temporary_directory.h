// A directory of this process's own, gone when it ends.
#pragma once

#include <string>

namespace localcloud {

class TemporaryDirectory {
 public:
  // Below $TMPDIR or /tmp, readable by this user only. Throws std::runtime_error.
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace localcloud
