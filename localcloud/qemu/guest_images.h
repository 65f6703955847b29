// The images that virtual machines boot from: built from Debian packages, or given as a file.
#pragma once

#include <functional>
#include <string>

namespace localcloud {

// An image. Immutable while machines use it.
struct GuestImage {
  std::string name;         // "debian", "small", or the given file's name
  std::string description;  // one line: the system and its version, what it was built from
  std::string disk;         // absolute path of the base layer
  std::string disk_format;  // "raw" or "qcow2"
  // For direct kernel boot; all empty if firmware boots the disk.
  std::string kernel;
  std::string initrd;
  std::string kernel_command_line;
  std::string recipe_hash;  // of the script that built it, and the release; a given file: empty
};

// Returns the image `name`: "debian", "small", or the path of a disk image (qcow2 or raw) that
// boots by BIOS and contains cloud-init. Builds it first if no image of its recipe is in the cache
// (directory $XDG_CACHE_HOME/launch_bench/guests, or ~/.cache/...), and calls `progress` with lines
// meanwhile. Only one process builds at a time; others wait. A build that fails or is interrupted
// leaves nothing. Throws std::runtime_error, with one line.
GuestImage FindOrBuildImage(const std::string& name,
                            const std::function<void(const std::string&)>& progress);

}  // namespace localcloud
