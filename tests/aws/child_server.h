// Starts a server program for a test.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace aws {

// Runs `arguments` (the program is looked up in PATH). Reads its output until a line contains the
// port: the digits after `mark`. The program is killed with this object, or with this process.
class ChildServer {
 public:
  ChildServer(std::vector<std::string> arguments, const std::string& mark) {
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(pipe_ends[1], STDOUT_FILENO);
      dup2(pipe_ends[1], STDERR_FILENO);
      execvp(argv[0], argv.data());
      _exit(127);
    }
    close(pipe_ends[1]);
    output_ = pipe_ends[0];
    ReadPort(mark);
  }

  ~ChildServer() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (output_ >= 0) close(output_);
  }

  ChildServer(const ChildServer&) = delete;
  ChildServer& operator=(const ChildServer&) = delete;

  // Empty: the program ended without such a line, or was silent for a minute.
  const std::string& port() const { return port_; }

 private:
  static constexpr int kPatienceMs = 60'000;

  void ReadPort(const std::string& mark) {
    std::string text;
    char chunk[512];
    while (true) {
      pollfd source{output_, POLLIN, 0};
      if (poll(&source, 1, kPatienceMs) <= 0) return;
      const ssize_t size = read(output_, chunk, sizeof(chunk));
      if (size <= 0) return;
      text.append(chunk, static_cast<std::size_t>(size));
      const std::size_t start = text.find(mark);
      if (start == std::string::npos || text.find('\n', start) == std::string::npos) continue;
      const std::size_t digits = start + mark.size();
      port_ = text.substr(digits, text.find_first_not_of("0123456789", digits) - digits);
      return;
    }
  }

  pid_t pid_ = -1;
  int output_ = -1;
  std::string port_;
};

}  // namespace aws
