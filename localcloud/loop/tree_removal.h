// Removes directory trees that guests have written.
#pragma once

#include <string>

namespace localcloud {

// Removes the directory at `path` and everything in it. Removes links, but never follows them. A
// tree of any depth needs only a few descriptors and no long paths. Directories whose mode locks
// out their owner are made accessible first. A guest may change the tree meanwhile: nothing outside
// it is touched. Returns true if nothing is left (or nothing existed), false if something could not
// be removed. Thread-safe.
bool RemoveTree(const std::string& path);

}  // namespace localcloud
