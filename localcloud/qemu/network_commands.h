// Runs the programs that set up the network: ip and nft.
#pragma once

#include <string>
#include <vector>

namespace localcloud {

// Returns the path of `program`, which is looked for in $PATH, /usr/sbin and /sbin. Throws
// std::runtime_error, with the Debian package to install, if it is missing.
std::string FindNetworkProgram(const std::string& program, const std::string& debian_package);

// Runs the program at `path` with `input` as its standard input, and blocks until it has ended: for
// `ip` and `nft` that is a few milliseconds. Throws std::runtime_error, with the program's first
// line of output, if it fails or takes longer than 10 seconds.
void RunNetworkProgram(const std::string& path, const std::vector<std::string>& arguments,
                       const std::string& input);

// Returns the first line that is not empty of the file behind the descriptor `file`, without
// control characters.
std::string FirstLineIn(int file);

}  // namespace localcloud
