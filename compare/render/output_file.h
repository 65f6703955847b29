// Writes the file that --output names.
#pragma once

#include <string>

namespace launch_compare {

// Replaces the content of `path` by `text`, completely or not at all: an earlier file stays until
// the new one is on the disk. The new file gets its mode. If `path` is a link, its target is
// replaced. A pipe, a device, and what standard output or standard error is open on are written to
// directly. Does not wait for a FIFO's reader: it is an error if there is none. Throws InputError,
// which names `path`.
void WriteFile(const std::string& path, const std::string& text);

}  // namespace launch_compare
