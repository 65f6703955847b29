// Runs programs of this host that take milliseconds: ip, nft and qemu-img.
#pragma once

#include <string>
#include <vector>

namespace localcloud {

// Returns the path of `program`, which is looked for in the absolute directories of $PATH, and then
// in /usr/sbin and /sbin, which an ordinary user's often lacks. Returns "" if it is in none.
std::string FindOnPath(const std::string& program);
// The same, but throws std::runtime_error, with the Debian package to install, if it is missing.
std::string FindHostProgram(const std::string& program, const std::string& debian_package);

// Runs the program at `path` with `input` as its standard input, and blocks until it has ended: for
// `ip` and `nft` that is a few milliseconds. Returns its output, at most 1 MiB of it. Throws
// std::runtime_error, with the program's first line of output, if it fails or takes longer than 10
// seconds.
std::string RunHostProgram(const std::string& path, const std::vector<std::string>& arguments,
                           const std::string& input);

// Returns the texts as exec() and posix_spawn() take them. REQUIRES: `texts` outlives the pointers.
std::vector<char*> ExecPointers(std::vector<std::string>* texts);

// Returns the first line that is not empty of the file behind the descriptor `file`, without
// control characters.
std::string FirstLineIn(int file);

}  // namespace localcloud
