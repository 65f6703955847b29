// Copies of directory trees that guests write.
#pragma once

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace localcloud {

struct CopyLimits {
  // Of what the copy takes on the disk: its files' data without their holes, and a block of 4 KiB
  // for each file, directory and link.
  std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max();
  std::stop_token stop = {};  // ends the copy within some milliseconds
};

// The tree has more than CopyLimits::max_bytes.
class TreeTooLarge : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Copies the tree `from` to `to`, which does not exist yet: modes, links and holes are kept, files
// share their blocks where the file system can; sockets, FIFOs and devices are left out. What is
// made belongs to GuestOwner(). A guest may change the tree meanwhile: no link it puts there leads
// out of it. Not the event loop's business: call from any thread. Throws std::runtime_error, also
// where it was stopped, and then leaves nothing at `to`.
void CopyTree(const std::string& from, const std::string& to, const CopyLimits& limits = {});

}  // namespace localcloud
