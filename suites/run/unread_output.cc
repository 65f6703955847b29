#include "suites/run/unread_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "aws/tasks/sleep.h"
#include "aws/unique_fd.h"
#include "suites/report/message.h"

namespace suites {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{200};
constexpr std::chrono::seconds kUnreadPatience{2};
// A blocked write that a handled signal interrupts is started again. It then finds /dev/null.
constexpr int kRestartSignal = SIGUSR2;

bool AcceptsOutput(int fd) {
  pollfd stream{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&stream, 1, 0) != 0;
}

// Returns the threads of this process that are blocked in a write to `fd`. Linux lists the number
// and the arguments of the system call that a thread is blocked in (proc(5), /proc/pid/syscall).
std::vector<pid_t> BlockedWriters(int fd) {
  const std::string write_to_fd = fmt::format("{} {:#x} ", SYS_write, fd);
  std::vector<pid_t> threads;
  std::error_code error;
  std::filesystem::directory_iterator task("/proc/self/task", error);
  for (; !error && task != std::filesystem::directory_iterator(); task.increment(error)) {
    std::ifstream file(task->path() / "syscall");
    std::string line;
    if (std::getline(file, line) && line.starts_with(write_to_fd))
      threads.push_back(std::stoi(task->path().filename()));
  }
  return threads;
}

class Stream {
 public:
  explicit Stream(int fd) : fd_(fd) {}

  // Returns true if this call replaced the stream.
  bool Look() {
    const auto writers = BlockedWriters(fd_);
    if (replaced_) Restart(writers);  // a write may have begun just before the stream was replaced
    if (replaced_ || writers.empty() || AcceptsOutput(fd_)) {
      stuck_for_ = {};
      return false;
    }
    stuck_for_ += kBetweenLooks;
    if (stuck_for_ < kUnreadPatience) return false;
    const aws::UniqueFd nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
    replaced_ = nowhere && dup2(nowhere.get(), fd_) == fd_;
    if (replaced_) Restart(writers);
    return replaced_;
  }

 private:
  static void Restart(const std::vector<pid_t>& threads) {
    for (const pid_t thread : threads) syscall(SYS_tgkill, getpid(), thread, kRestartSignal);
  }

  const int fd_;
  std::chrono::milliseconds stuck_for_{};
  bool replaced_ = false;
};

void Watch(const std::stop_token& stop) {
  Stream output(STDOUT_FILENO);
  Stream errors(STDERR_FILENO);
  while (aws::SleepFor(kBetweenLooks, stop)) {
    const bool replaced = output.Look();
    errors.Look();
    if (replaced && AcceptsOutput(STDERR_FILENO))
      Say("launch_bench: nobody reads standard output: the rest of it is lost");
  }
}

}  // namespace

UnreadOutput::UnreadOutput() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  sigaction(kRestartSignal, &action, nullptr);
  thread_ = std::jthread(&Watch);
}

UnreadOutput::~UnreadOutput() = default;

}  // namespace suites
