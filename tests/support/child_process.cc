#include "tests/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <system_error>

extern char** environ;

namespace test_support {
namespace {

constexpr int kStopCheck_ms = 50;

std::map<std::string, std::string> MergedEnvironment(
    const std::map<std::string, std::string>& changes) {
  std::map<std::string, std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    merged[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : changes) {
    if (value.empty()) {
      merged.erase(name);
    } else {
      merged[name] = value;
    }
  }
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

struct ChildProcess::Stream {
  int fd = -1;
  std::mutex mutex;
  std::condition_variable changed;
  std::string text;
  bool ended = false;
  std::jthread reader;

  ~Stream() {
    reader = std::jthread();  // a daemon that the program left may keep the stream open forever
    if (fd >= 0) close(fd);
  }
};

ChildProcess::ChildProcess(std::vector<std::string> command,
                           const std::map<std::string, std::string>& environment)
    : output_(std::make_unique<Stream>()), errors_(std::make_unique<Stream>()) {
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  std::vector<std::string> variables;
  for (const auto& [name, value] : MergedEnvironment(environment))
    variables.push_back(name + "=" + value);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const std::string program = command.front();
  const int error = posix_spawnp(&pid_, program.c_str(), &actions, &attributes,
                                 Pointers(command).data(), Pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  output_->fd = out[0];
  errors_->fd = err[0];
  if (error != 0) throw std::system_error(error, std::generic_category(), "starting " + program);
  for (Stream* stream : {output_.get(), errors_.get()}) {
    stream->reader = std::jthread([stream](const std::stop_token& stop) { Read(stream, stop); });
  }
}

ChildProcess::~ChildProcess() {
  if (!ended_) {
    Signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

void ChildProcess::Signal(int signal) const { kill(pid_, signal); }

void ChildProcess::Read(Stream* stream, const std::stop_token& stop) {
  char buffer[4096];
  while (!stop.stop_requested()) {
    pollfd source{.fd = stream->fd, .events = POLLIN, .revents = 0};
    if (poll(&source, 1, kStopCheck_ms) <= 0) continue;
    const ssize_t count = read(stream->fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    std::lock_guard lock(stream->mutex);
    if (count <= 0) stream->ended = true;
    if (count > 0) stream->text.append(buffer, static_cast<std::size_t>(count));
    stream->changed.notify_all();
    if (count <= 0) return;
  }
}

bool ChildProcess::WaitForOutput(const std::string& text, std::chrono::seconds timeout) {
  std::unique_lock lock(output_->mutex);
  const auto holds = [&] { return output_->text.find(text) != std::string::npos; };
  output_->changed.wait_for(lock, timeout, [&] { return holds() || output_->ended; });
  return holds();
}

int ChildProcess::Wait(std::chrono::seconds timeout) {
  if (ended_) return status_;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  int status = 0;
  bool killed = false;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (!killed && std::chrono::steady_clock::now() >= deadline) {
      killed = true;
      Signal(SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ended_ = true;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (killed) status_ = -1;
  return status_;
}

std::string ChildProcess::TextOf(Stream* stream) {
  std::unique_lock lock(stream->mutex);
  if (ended_)
    stream->changed.wait_for(lock, std::chrono::seconds(5), [&] { return stream->ended; });
  return stream->text;
}

std::string ChildProcess::output() { return TextOf(output_.get()); }
std::string ChildProcess::errors() { return TextOf(errors_.get()); }

}  // namespace test_support
