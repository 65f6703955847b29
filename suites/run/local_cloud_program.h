// Starts localcloud, the program beside this one.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace suites {

// Starts it with `arguments` and without input, in a process group of its own, so that a Ctrl-C at
// the terminal does not reach it. Its standard output is the descriptor `output`. Of our
// environment it gets the variables that it needs, and those named in `more_variables`. Returns its
// process id. Throws std::runtime_error if there is no such program, and std::system_error if it
// cannot be started.
pid_t StartLocalCloudProgram(std::vector<std::string> arguments, int output,
                             std::span<const std::string_view> more_variables = {});

}  // namespace suites
