#include "localcloud/temporary_directory.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace localcloud {

TemporaryDirectory::TemporaryDirectory() {
  const char* parent = std::getenv("TMPDIR");
  path_ =
      std::string(parent != nullptr && *parent != '\0' ? parent : "/tmp") + "/localcloud.XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error("cannot make a directory like " + path_ + ": " + std::strerror(errno));
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  // A guest may have taken its own rights away from directories; as their owner this process can
  // give them back.
  std::error_code ignored;
  using std::filesystem::perms;
  for (std::filesystem::recursive_directory_iterator
           it(path_, std::filesystem::directory_options::skip_permission_denied, ignored),
       end;
       it != end; it.increment(ignored)) {
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
      std::filesystem::permissions(it->path(), perms::owner_all, std::filesystem::perm_options::add,
                                   ignored);
    }
  }
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace localcloud
