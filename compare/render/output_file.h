// The file that --output names.
#pragma once

#include <string>

namespace launch_compare {

// Replaces `path` by `text`, whole or not at all: an earlier file stays until the new one is on the
// disk, and keeps its mode. A link stays, and its target is replaced; what is no regular file (a
// pipe, a device) is written to as it is. Throws InputError, which names `path`.
void WriteFile(const std::string& path, const std::string& text);

}  // namespace launch_compare
