#include "tests/support/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace test_support {
namespace {

[[noreturn]] void Become(const std::vector<std::string>& command,
                         const std::map<std::string, std::string>& environment,
                         const std::string& output_file) {
  for (const auto& [name, value] : environment) {
    if (value.empty()) {
      unsetenv(name.c_str());
    } else {
      setenv(name.c_str(), value.c_str(), 1);
    }
  }
  if (!output_file.empty()) {
    const int fd = open(output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, STDOUT_FILENO);
  }
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

TerminalRun RunOnTerminal(const std::vector<std::string>& command, int columns,
                          const std::map<std::string, std::string>& environment,
                          const std::string& output_file, std::chrono::seconds timeout) {
  winsize size{
      .ws_row = 24, .ws_col = static_cast<unsigned short>(columns), .ws_xpixel = 0, .ws_ypixel = 0};
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  if (child < 0) throw std::runtime_error("cannot open a terminal");
  if (child == 0) Become(command, environment, output_file);
  TerminalRun run;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::array<char, 4096> buffer{};
  while (std::chrono::steady_clock::now() < deadline) {
    pollfd input{.fd = terminal, .events = POLLIN, .revents = 0};
    if (poll(&input, 1, 100) <= 0) continue;
    const ssize_t got = read(terminal, buffer.data(), buffer.size());
    if (got <= 0) break;  // EIO: the program has ended
    run.sent.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (std::chrono::steady_clock::now() >= deadline) kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  close(terminal);
  if (WIFEXITED(status)) run.status = WEXITSTATUS(status);
  return run;
}

std::vector<std::string> Screen(const std::string& sent, std::size_t columns) {
  std::vector<std::string> lines(1);
  std::size_t row = 0;
  std::size_t column = 0;
  const auto down = [&] {
    if (++row == lines.size()) lines.emplace_back();
  };
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const char c = sent[i];
    if (c == '\n') {
      down();
    } else if (c == '\r') {
      column = 0;
    } else if (c == '\033') {
      // Skips to the final letter.
      while (i < sent.size() && (sent[i] < 'A' || sent[i] == '[')) ++i;
      if (i < sent.size() && sent[i] == 'K') lines[row].resize(std::min(lines[row].size(), column));
    } else {
      if (column == columns) {
        down();
        column = 0;
      }
      if (lines[row].size() <= column) lines[row].resize(column + 1, ' ');
      lines[row][column++] = c;
    }
  }
  return lines;
}

}  // namespace test_support
