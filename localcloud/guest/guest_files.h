// Files in a guest's tree, seen from the host.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

// A tree is written by its guest, who may put symbolic links anywhere: every path is resolved
// within the tree, as the guest sees it, so that none leads to a file of the host. What is created
// belongs to GuestOwner(). Usable from any thread.
class GuestFiles {
 public:
  // Throws std::runtime_error where there is no such directory.
  explicit GuestFiles(const std::string& root);

  bool Exists(const std::string& path) const;
  // Whether the path, or a directory above it, is a symbolic link.
  bool LeadsThroughLink(const std::string& path) const;
  // Names, in order; none where there is no such directory. Of a larger directory, only kMostNames
  // (in no particular choice): the event loop waits for this.
  std::vector<std::string> List(const std::string& path) const;
  static constexpr std::size_t kMostNames = 4096;
  bool IsFile(const std::string& path) const;  // a regular one, itself
  // A regular file of at most `limit` bytes; nothing else is read (a FIFO would never end).
  std::optional<std::string> Read(const std::string& path, std::size_t limit = 1 << 20) const;
  // Puts a new file in the place of what there was, with the directories above it. Throws
  // std::runtime_error.
  void Write(const std::string& path, const std::string& content, mode_t mode = 0644) const;
  // To the end of the file, or of a new one. Throws std::runtime_error.
  void Append(const std::string& path, const std::string& content, mode_t mode = 0644) const;
  void MakeDirectory(const std::string& path, mode_t mode = 0755) const;  // with those above it
  void Remove(const std::string& path) const;  // one file; fine where there is none
  // A new FIFO, opened for reading without waiting for a writer, and without an end when the last
  // one leaves.
  OwnedFd MakeFifo(const std::string& path) const;

 private:
  OwnedFd Open(const std::string& path, int flags, mode_t mode = 0) const;
  void WriteAll(const std::string& path, int flags, const std::string& content, mode_t mode) const;

  std::string root_;
  OwnedFd directory_;
};

// The host's user that guests run as, and that owns their trees: the caller, or where that is root
// an unprivileged user, so that guests gain nothing.
uid_t GuestOwner();

}  // namespace localcloud
