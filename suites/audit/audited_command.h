// Runs the command that is audited.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "suites/run/interrupt.h"

namespace suites {

// The command cannot be run. what() is one line.
class CommandNotRun : public std::runtime_error {
 public:
  CommandNotRun(int status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  // As shells report it: 127 if there is no such program, 126 if it cannot be started.
  int status() const { return status_; }

 private:
  int status_;
};

// Throws CommandNotRun if `program` is certainly not one that can be started.
void RequireProgram(const std::string& program);

struct CommandEnd {
  int status = 0;  // exit status; 128 + signal if a signal ended it
  int signal = 0;  // 0: none
};

// Runs `command` with `environment` ("NAME=value") alone, and with this process's standard streams.
// It belongs to this process's group, so that it can read from the terminal. Blocks until it has
// ended. `interrupt` passes signals on to it. Throws CommandNotRun.
CommandEnd RunAudited(std::vector<std::string> command, std::vector<std::string> environment,
                      Interrupt* interrupt);

}  // namespace suites
