#include "aws/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <system_error>
#include <utility>

namespace aws {
namespace {

// How soon a stop is noticed while the program says nothing. Its end closes its pipes, and wakes us
// at once.
constexpr int kStopCheck_ms = 50;
// What no program that we run prints; more is read and dropped.
constexpr std::size_t kMostText = 16 << 20;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(std::map<std::string, std::string> merged) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    merged.emplace(text.substr(0, equals),
                   text.substr(equals + 1));  // what was asked for goes first
  }
  std::vector<std::string> variables;
  for (const auto& [name, value] : merged)
    variables.push_back(std::string(name).append("=").append(value));
  return variables;
}

pid_t Spawn(std::vector<std::string>& command, std::vector<std::string> variables, int output,
            int errors) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, command.front().c_str(), &actions, &attributes,
                                 Pointers(command).data(), Pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw std::system_error(error, std::generic_category(), "starting " + command.front());
  return pid;
}

}  // namespace

ChildProgram::ChildProgram(std::vector<std::string> command,
                           std::map<std::string, std::string> environment) {
  Pipe output = MakePipe();
  Pipe errors = MakePipe();
  pid_ = Spawn(command, Environment(std::move(environment)), output.write_end.get(),
               errors.write_end.get());
  output_.fd = std::move(output.read_end);
  errors_.fd = std::move(errors.read_end);
}

ChildProgram::~ChildProgram() {
  if (pid_ < 0) return;
  Kill();
  Reap();
}

bool ChildProgram::Stream::ReadSome() {
  char buffer[4096];
  const ssize_t count = read(fd.get(), buffer, sizeof buffer);
  if (count > 0 && text.size() < kMostText) text.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

void ChildProgram::Kill() const { kill(-pid_, SIGKILL); }

int ChildProgram::Reap() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

ChildOutcome ChildProgram::Wait(Clock::time_point deadline, const std::stop_token& stop) {
  ChildOutcome outcome;
  std::array<pollfd, 2> streams{pollfd{output_.fd.get(), POLLIN, 0},
                                pollfd{errors_.fd.get(), POLLIN, 0}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    if (outcome.end == ChildOutcome::End::kByItself &&
        (stop.stop_requested() || Clock::now() >= deadline)) {
      outcome.end =
          stop.stop_requested() ? ChildOutcome::End::kStopped : ChildOutcome::End::kTooLate;
      Kill();
    }
    if (poll(streams.data(), streams.size(), kStopCheck_ms) <= 0) continue;
    if (streams[0].revents != 0 && !output_.ReadSome()) streams[0].fd = -1;
    if (streams[1].revents != 0 && !errors_.ReadSome()) streams[1].fd = -1;
  }
  outcome.status = Reap();
  outcome.ended = Clock::now();
  outcome.output = std::move(output_.text);
  outcome.errors = std::move(errors_.text);
  return outcome;
}

bool IsOnPath(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path != nullptr ? path : "");
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (access(directory.append("/").append(program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace aws
