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
  int status = -1;            // exit status; 128 + signal if one ended it
  int signal = 0;             // that ended it; 0: none
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

  // Returns when the program has ended, with what it had printed by then: a daemon that it left
  // behind may hold its streams open for ever. Killed with its process group when `stop` is
  // triggered or `deadline` passes, which the outcome says; a program that cannot be killed
  // (another user's) is left alone after kKillGrace. To be called once.
  ChildOutcome Wait(Clock::time_point deadline, const std::stop_token& stop = {});

 private:
  struct Stream {
    UniqueFd fd;
    std::string text;
    bool ReadSome(std::size_t most);  // returns whether the stream goes on
    void ReadWhatIsThere();           // and nothing that is written later
  };

  void Kill() const;
  bool HasEnded(int wait_ms) const;
  void Reap(ChildOutcome* outcome);

  pid_t pid_ = -1;  // negative: reaped
  UniqueFd pid_fd_;
  Stream output_;
  Stream errors_;
};

// "ended with status 3", "was ended by signal 11 (SIGSEGV)".
std::string DescribeEnd(const ChildOutcome& outcome);
// "signal 11 (SIGSEGV)".
std::string SignalName(int signal);

// Whether PATH holds an executable of this name.
bool IsOnPath(const std::string& program);

}  // namespace aws
