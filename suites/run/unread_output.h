// Lets a run end although nobody reads its output.
#pragma once

#include <thread>

namespace suites {

// From construction to destruction, watches standard output and standard error. If one of them
// accepts nothing for 2 s while a write to it is blocked (a full pipe, a stopped terminal), it is
// replaced by /dev/null. Blocked writes then return, and the rest of the output is lost. Uses the
// signal SIGUSR2, which no thread may block.
class UnreadOutput {
 public:
  UnreadOutput();
  ~UnreadOutput();
  UnreadOutput(const UnreadOutput&) = delete;
  UnreadOutput& operator=(const UnreadOutput&) = delete;

 private:
  std::jthread thread_;
};

}  // namespace suites
