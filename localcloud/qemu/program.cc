#include "localcloud/qemu/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "localcloud/loop/owned_fd.h"
#include "localcloud/loop/printable.h"

namespace localcloud {
namespace {

constexpr std::size_t kMostOutput = 1 << 20;
constexpr std::string_view kMorePlaces = ":/usr/sbin:/sbin";

struct Ends {
  OwnedFd read;
  OwnedFd write;
};

Ends MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  return {OwnedFd(ends[0]), OwnedFd(ends[1])};
}

// Returns the program's path, or its name if no directory has it.
std::string FindProgram(const std::string& name) {
  const char* const path = getenv("PATH");
  const std::string places = (path != nullptr ? path : "") + std::string(kMorePlaces);
  for (std::size_t begin = 0; begin < places.size();) {
    const std::size_t end = std::min(places.find(':', begin), places.size());
    const std::string candidate = places.substr(begin, end - begin) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return name;
}

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return Printable(text.substr(text.rfind('\n') + 1));
}

pid_t Start(const std::vector<std::string>& arguments, int input, int output, int errors) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, FindProgram(arguments.front()).c_str(), &actions, &attributes,
                                argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw std::runtime_error(
        fmt::format("cannot run {}: {}", arguments.front(), std::strerror(error)));
  return pid;
}

// Writes `input` and reads until both outputs have ended.
void Exchange(const std::string& input, OwnedFd to, int output_fd, int errors_fd,
              std::string* output, std::string* errors) {
  std::size_t written = 0;
  fcntl(to.get(), F_SETFL, O_NONBLOCK);
  if (input.empty()) to.Close();
  std::array<pollfd, 3> fds{pollfd{output_fd, POLLIN, 0}, pollfd{errors_fd, POLLIN, 0},
                            pollfd{to.get(), POLLOUT, 0}};
  const auto drain = [](pollfd* from, std::string* text) {
    if (from->revents == 0) return;
    char buffer[4096];
    const ssize_t count = read(from->fd, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) return;
    if (count <= 0) {
      from->fd = -1;  // poll() ignores it
    } else if (text->size() < kMostOutput) {
      text->append(buffer, static_cast<std::size_t>(count));
    }
  };
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    drain(&fds[0], output);
    drain(&fds[1], errors);
    if (fds[2].fd < 0 || fds[2].revents == 0) continue;
    const ssize_t count = write(to.get(), input.data() + written, input.size() - written);
    if (count > 0) written += static_cast<std::size_t>(count);
    if ((count < 0 && errno != EAGAIN && errno != EINTR) || written == input.size()) {
      fds[2].fd = -1;
      to.Close();
    }
  }
}

}  // namespace

std::string RunProgram(const std::vector<std::string>& arguments, const std::string& input) {
  Ends in = MakePipe();
  Ends out = MakePipe();
  Ends err = MakePipe();
  const pid_t pid = Start(arguments, in.read.get(), out.write.get(), err.write.get());
  in.read.Close();
  out.write.Close();
  err.write.Close();
  std::string output;
  std::string errors;
  Exchange(input, std::move(in.write), out.read.get(), err.read.get(), &output, &errors);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status))
    throw std::runtime_error(
        fmt::format("{} was killed by signal {}", arguments.front(), WTERMSIG(status)));
  if (WEXITSTATUS(status) == 0) return output;
  const std::string said = LastLine(errors.empty() ? output : errors);
  throw std::runtime_error(
      fmt::format("{} failed{}{}", arguments.front(), said.empty() ? "" : ": ",
                  said.empty() ? fmt::format(" with status {}", WEXITSTATUS(status)) : said));
}

}  // namespace localcloud
