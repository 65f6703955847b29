#include "aws/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <system_error>
#include <utility>

namespace aws {
namespace {

// How often a stop is checked while the program prints nothing. Its end wakes us at once.
constexpr int kStopCheck_ms = 50;
// How long to wait for the end of a killed program.
constexpr std::chrono::seconds kKillGrace{2};
// More than any program prints that we run. The rest is read and dropped.
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

std::vector<std::string> Environment(std::map<std::string, std::string> merged) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    // Does not overwrite the variables that the caller asked for.
    merged.emplace(text.substr(0, equals), text.substr(equals + 1));
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
                                 ExecPointers(&command).data(), ExecPointers(&variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw std::system_error(error, std::generic_category(), "starting " + command.front());
  return pid;
}

}  // namespace

std::vector<char*> ExecPointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

ChildProgram::ChildProgram(std::vector<std::string> command,
                           std::map<std::string, std::string> environment) {
  Pipe output = MakePipe();
  Pipe errors = MakePipe();
  pid_ = Spawn(command, Environment(std::move(environment)), output.write_end.get(),
               errors.write_end.get());
  pid_fd_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (pid_fd_.get() < 0) {
    const int error = errno;
    Kill();
    waitpid(pid_, nullptr, 0);
    throw std::system_error(error, std::generic_category(), "watching " + command.front());
  }
  output_.fd = std::move(output.read_end);
  errors_.fd = std::move(errors.read_end);
}

ChildProgram::~ChildProgram() {
  if (pid_ < 0) return;
  Kill();
  HasEnded(static_cast<int>(std::chrono::milliseconds(kKillGrace).count()));
  ChildOutcome ignored;
  Reap(&ignored);
}

bool ChildProgram::Stream::ReadSome(std::size_t most) {
  char buffer[4096];
  const ssize_t count = read(fd.get(), buffer, std::min(most, sizeof buffer));
  if (count > 0 && text.size() < kMostText) text.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

void ChildProgram::Stream::ReadWhatIsThere() {
  int count = 0;
  if (ioctl(fd.get(), FIONREAD, &count) != 0) return;
  const std::size_t whole = text.size() + static_cast<std::size_t>(std::max(count, 0));
  while (text.size() < std::min(whole, kMostText) && ReadSome(whole - text.size())) {
  }
}

void ChildProgram::Kill() const {
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);  // it may have left its process group
}

bool ChildProgram::HasEnded(int wait_ms) const {
  pollfd process{pid_fd_.get(), POLLIN, 0};
  return poll(&process, 1, wait_ms) > 0;
}

void ChildProgram::Reap(ChildOutcome* outcome) {
  int status = 0;
  const pid_t reaped = waitpid(pid_, &status, WNOHANG);
  pid_ = -1;
  if (reaped <= 0) return;
  if (WIFSIGNALED(status)) outcome->signal = WTERMSIG(status);
  outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

ChildOutcome ChildProgram::Wait(Clock::time_point deadline, const std::stop_token& stop) {
  ChildOutcome outcome;
  std::array<pollfd, 3> sources{pollfd{output_.fd.get(), POLLIN, 0},
                                pollfd{errors_.fd.get(), POLLIN, 0},
                                pollfd{pid_fd_.get(), POLLIN, 0}};
  Clock::time_point killed{};
  while (true) {
    if (outcome.end != ChildOutcome::End::kByItself) {
      if (Clock::now() >= killed + kKillGrace) break;
    } else if (stop.stop_requested() || Clock::now() >= deadline) {
      outcome.end =
          stop.stop_requested() ? ChildOutcome::End::kStopped : ChildOutcome::End::kTooLate;
      killed = Clock::now();
      Kill();
    }
    if (poll(sources.data(), sources.size(), kStopCheck_ms) <= 0) continue;
    if (sources[2].revents != 0) break;
    if (sources[0].revents != 0 && !output_.ReadSome(kMostText)) sources[0].fd = -1;
    if (sources[1].revents != 0 && !errors_.ReadSome(kMostText)) sources[1].fd = -1;
  }
  outcome.ended = Clock::now();
  output_.ReadWhatIsThere();
  errors_.ReadWhatIsThere();
  Reap(&outcome);
  outcome.output = std::move(output_.text);
  outcome.errors = std::move(errors_.text);
  return outcome;
}

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  const std::string number = "signal " + std::to_string(signal);
  return name == nullptr ? number : number + " (SIG" + name + ")";
}

std::string DescribeEnd(const ChildOutcome& outcome) {
  if (outcome.signal != 0) return "was ended by " + SignalName(outcome.signal);
  const std::string text = "ended with status " + std::to_string(outcome.status);
  // If a shell ran the program, it reports a signal in this way.
  const bool is_signal = outcome.status > 128 && sigabbrev_np(outcome.status - 128) != nullptr;
  return is_signal ? text + ", which shells report for " + SignalName(outcome.status - 128) : text;
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
