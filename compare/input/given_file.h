// Files that the user names: results and policies.
#pragma once

#include <string>

namespace launch_compare {

// Returns the whole content of `path`: a regular file, a pipe such as <(command) of a shell, or
// standard input for "-"; what is compressed with gzip is inflated, to 1 GiB at most. Blocks until
// a pipe's writers have closed it; SIGINT ends the program meanwhile. Throws InputError with a line
// that names `path` if it cannot be read, is damaged, or is anything else: a device may never end.
std::string ReadGivenFile(const std::string& path);

}  // namespace launch_compare
