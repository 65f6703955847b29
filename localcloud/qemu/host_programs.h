// Runs programs of this host that take milliseconds: ip, nft and qemu-img.
#pragma once

#include <string>
#include <vector>

namespace localcloud {

// Returns the path of `program`, which is looked for in $PATH, /usr/sbin and /sbin. Throws
// std::runtime_error, with the Debian package to install, if it is missing.
std::string FindHostProgram(const std::string& program, const std::string& debian_package);

// Runs the program at `path` with `input` as its standard input, and blocks until it has ended: for
// `ip` and `nft` that is a few milliseconds. Throws std::runtime_error, with the program's first
// line of output, if it fails or takes longer than 10 seconds.
void RunHostProgram(const std::string& path, const std::vector<std::string>& arguments,
                       const std::string& input);

// Returns the first line that is not empty of the file behind the descriptor `file`, without
// control characters.
std::string FirstLineIn(int file);

}  // namespace localcloud
