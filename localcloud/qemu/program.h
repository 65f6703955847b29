// Runs a program of this host to its end.
#pragma once

#include <string>
#include <vector>

namespace localcloud {

// Blocks until the program has ended, and returns its standard output. `arguments` begins with its
// name; /usr/sbin and /sbin are searched after $PATH. `input` is its standard input. Thread-safe.
// Throws std::runtime_error, with one line, if it is not there, fails or is killed: its name and
// the last line that it wrote to standard error.
std::string RunProgram(const std::vector<std::string>& arguments, const std::string& input = "");

}  // namespace localcloud
