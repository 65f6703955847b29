// Runs a program on its own terminal, and tells what the terminal shows.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace test_support {

struct TerminalRun {
  int status = -1;   // exit status; -1 if a signal or the time-out ended it
  std::string sent;  // everything that the program wrote to the terminal
};

// Runs `command` with a terminal of `columns` as its standard streams, or with standard output to
// `output_file` if that is not empty. `environment` is added to ours; an empty value removes a
// variable.
TerminalRun RunOnTerminal(const std::vector<std::string>& command, int columns,
                          const std::map<std::string, std::string>& environment = {},
                          const std::string& output_file = "",
                          std::chrono::seconds timeout = std::chrono::seconds(120));

// Returns what a terminal of `columns` shows at the end, including scrolled lines. Handles line
// ends, carriage returns, wrapping, \033[K and colours.
std::vector<std::string> Screen(const std::string& sent, std::size_t columns);

}  // namespace test_support
