// Runs a program for a test: its output, and how it ended.
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

// The constructor starts the program in its own process group. The destructor kills it if it still
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

  // Blocks until standard output contains `text` or the program ends. Returns true if it contains
  // `text`.
  bool WaitForOutput(const std::string& text,
                     std::chrono::seconds timeout = std::chrono::seconds(60));
  // Blocks until the program ends. Returns its exit status, or 128 + the signal that ended it.
  // After `timeout` kills it and returns -1.
  int Wait(std::chrono::seconds timeout = std::chrono::seconds(120));

  // Returns everything that was written so far; complete after Wait().
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
