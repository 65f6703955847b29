// Reads files that the user names: results and policies.
#pragma once

#include <string>

namespace launch_compare {

// Returns the whole content of `path`: a regular file, a pipe such as a shell's <(command), or
// standard input for "-". Decompresses gzip, to 1 GiB at most. Blocks until the writers of a pipe
// have closed it; SIGINT ends the program meanwhile. Throws InputError, one line that names `path`,
// if it cannot be read, is damaged, or is something else. (A device may never end.)
std::string ReadGivenFile(const std::string& path);

}  // namespace launch_compare
