// Another program, run to its end.
#pragma once

#include <sys/types.h>

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/timing.h"
#include "aws/unique_fd.h"

namespace aws {

// What a program that was run has left behind.
struct ChildOutcome {
  enum class End { kByItself, kStopped, kTooLate };

  End end = End::kByItself;
  int status = -1;            // exit status; 128 + signal where one ended it
  std::string output;         // of standard output
  std::string errors;         // of standard error
  Clock::time_point ended{};  // when its end was seen
};

// One run of one program, without input and in a process group of its own, so that a Ctrl-C at the
// terminal is ours to handle and a kill takes what it has started along. Secrets belong into the
// environment: command lines are for everybody to read. Used by one thread.
class ChildProgram {
 public:
  // Starts `command` (looked up on PATH), with `environment` added to ours. Throws
  // std::system_error where it cannot be started.
  explicit ChildProgram(std::vector<std::string> command,
                        std::map<std::string, std::string> environment = {});
  // Kills it with all that it has started, unless Wait() has returned.
  ~ChildProgram();
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  // Reads what it prints until both streams have ended, and then reaps it. Killed when `stop` is
  // triggered or `deadline` passes, which the outcome says. To be called once.
  ChildOutcome Wait(Clock::time_point deadline, const std::stop_token& stop = {});

 private:
  struct Stream {
    UniqueFd fd;
    std::string text;
    bool ReadSome();  // whether it goes on
  };

  void Kill() const;
  int Reap();

  pid_t pid_ = -1;  // negative: reaped
  Stream output_;
  Stream errors_;
};

// Whether PATH holds an executable of this name.
bool IsOnPath(const std::string& program);

}  // namespace aws
