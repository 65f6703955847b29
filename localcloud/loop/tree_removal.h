// Removal of directory trees that guests write.
#pragma once

#include <string>

namespace localcloud {

// Removes the directory at `path` with everything in it; links are removed, never followed. However
// deep the tree is, this needs a few descriptors and no long paths. Directories whose owner has
// taken its own rights away get them back first. A guest may change the tree meanwhile: nothing
// outside of it is touched. Returns true if nothing is left (or there was nothing); false if
// something could not be removed. Thread-safe.
bool RemoveTree(const std::string& path);

}  // namespace localcloud
