// A program run by a test, with its output and its end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace test_support {

// Started on construction, in a process group of its own; killed on destruction where it still
// runs. Not thread-safe.
class ChildProcess {
 public:
  // `environment` is added to ours; an empty value removes a variable.
  explicit ChildProcess(std::vector<std::string> command,
                        const std::map<std::string, std::string>& environment = {});
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) const;

  // Waits until standard output holds `text`, or the program ends; whether it holds it.
  bool WaitForOutput(const std::string& text,
                     std::chrono::seconds timeout = std::chrono::seconds(60));
  // Waits for the end, and returns the exit status (128 + signal where one ended it; -1: not within
  // `timeout`, and killed).
  int Wait(std::chrono::seconds timeout = std::chrono::seconds(120));

  // All that was written so far; complete after Wait().
  std::string output();
  std::string errors();

 private:
  struct Stream;
  static void Read(Stream* stream, const std::stop_token& stop);
  std::string TextOf(Stream* stream);

  pid_t pid_ = -1;
  int status_ = -1;
  bool ended_ = false;
  std::unique_ptr<Stream> output_;
  std::unique_ptr<Stream> errors_;
};

}  // namespace test_support
