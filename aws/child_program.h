// Runs another program until it ends.
#pragma once

#include <sys/types.h>

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/timing.h"
#include "aws/unique_fd.h"

namespace aws {

// How a program ended, and what it printed.
struct ChildOutcome {
  enum class End { kByItself, kStopped, kTooLate };

  End end = End::kByItself;
  int status = -1;            // exit status; 128 + signal if a signal ended it
  int signal = 0;             // the signal that ended it; 0: none
  std::string output;         // from standard output
  std::string errors;         // from standard error
  Clock::time_point ended{};  // when we saw that it had ended
};

// Returns the texts as exec() and posix_spawn() take them. Requires: `texts` outlives the pointers.
std::vector<char*> ExecPointers(std::vector<std::string>* texts);

// One run of one program. It has no input and a process group of its own: a Ctrl-C at the terminal
// reaches only us, and a kill also ends the processes that it has started. Pass secrets in the
// environment, because every user can read command lines. Not thread-safe.
class ChildProgram {
 public:
  // Starts `command` (looked up on PATH), with `environment` added to ours. Throws
  // std::system_error if it cannot be started.
  explicit ChildProgram(std::vector<std::string> command,
                        std::map<std::string, std::string> environment = {});
  // Kills the program and all that it has started, unless Wait() has returned.
  ~ChildProgram();
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  // Blocks until the program has ended. Returns what it has printed by then, and does not wait for
  // the end of its streams: a daemon that it left behind may hold them open for ever. When `stop`
  // is triggered or `deadline` passes, kills the program with its process group; ChildOutcome::end
  // then says so. Gives up after kKillGrace if the program cannot be killed (another user's).
  // Requires: not called before.
  ChildOutcome Wait(Clock::time_point deadline, const std::stop_token& stop = {});

 private:
  struct Stream {
    UniqueFd fd;
    std::string text;
    bool ReadSome(std::size_t most);  // returns false at the end of the stream
    void ReadWhatIsThere();           // reads nothing that is written later
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

// Returns true if a directory on PATH has an executable of this name.
bool IsOnPath(const std::string& program);

}  // namespace aws
