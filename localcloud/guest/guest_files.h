// Access to the files of a guest's tree from the host.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

// A guest writes its tree and may put symbolic links anywhere. Every path is therefore resolved
// within the tree, as the guest sees it, and never leads to a file of the host. Created files
// belong to GuestOwner(). Thread-safe.
class GuestFiles {
 public:
  // Throws std::runtime_error if `root` is not a directory.
  explicit GuestFiles(const std::string& root);

  bool Exists(const std::string& path) const;
  // Returns true if the path, or a directory above it, is a symbolic link.
  bool LeadsThroughLink(const std::string& path) const;
  // Returns the sorted names in a directory; none if it does not exist. Of a larger directory
  // returns only an arbitrary kMostNames, because the event loop waits for this.
  std::vector<std::string> List(const std::string& path) const;
  static constexpr std::size_t kMostNames = 4096;
  bool IsFile(const std::string& path) const;  // a regular file, not a link to one
  // Reads a regular file of at most `limit` bytes. Returns nothing for anything else (a FIFO would
  // never end).
  std::optional<std::string> Read(const std::string& path, std::size_t limit = 1 << 20) const;
  // Replaces the file by a new one and creates the directories above it. Throws std::runtime_error.
  void Write(const std::string& path, const std::string& content, mode_t mode = 0644) const;
  // Appends to the file, or creates it. Throws std::runtime_error.
  void Append(const std::string& path, const std::string& content, mode_t mode = 0644) const;
  // Also creates the directories above it.
  void MakeDirectory(const std::string& path, mode_t mode = 0755) const;
  // Removes one file. Does nothing if there is none.
  void Remove(const std::string& path) const;
  // Creates a FIFO and opens it for reading. Does not block until there is a writer; reads meet no
  // end of file when the last writer closes it.
  OwnedFd MakeFifo(const std::string& path) const;

 private:
  OwnedFd Open(const std::string& path, int flags, mode_t mode = 0) const;
  void WriteAll(const std::string& path, int flags, const std::string& content, mode_t mode) const;

  std::string root_;
  OwnedFd directory_;
};

// Returns the host's user that guests run as and that owns their trees. This is the caller or, if
// the caller is root, an unprivileged user, so that guests gain nothing.
uid_t GuestOwner();

}  // namespace localcloud
