// Copies directory trees that guests have written.
#pragma once

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace localcloud {

struct CopyLimits {
  // The limit for the copy's size on disk: the files' data without holes, plus one 4 KiB block for
  // each file, directory and link.
  std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max();
  std::stop_token stop = {};  // stops the copy within a few milliseconds
};

// The tree has more than CopyLimits::max_bytes.
class TreeTooLarge : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Copies the tree `from` to `to`, which must not exist. Keeps modes, links and holes; files share
// their blocks if the file system supports it. Skips sockets, FIFOs and devices. The copy belongs
// to GuestOwner(). A guest may change the tree meanwhile: the copy follows no link, so none leads
// outside the tree. Slow, so call it outside the event loop; any thread may. Throws
// std::runtime_error, also if stopped, and then leaves nothing at `to`.
void CopyTree(const std::string& from, const std::string& to, const CopyLimits& limits = {});

}  // namespace localcloud
