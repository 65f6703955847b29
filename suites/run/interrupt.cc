#include "suites/run/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace suites {
namespace {

constexpr int kInterruptedStatus =
    130;  // 128 + SIGINT, as shells report it; also used for the other signals by contract
// timeout(1) signals its child, then the process group of its child. Both are one request.
constexpr std::chrono::milliseconds kSameRequest{500};
constexpr int kWakeSignal = SIGUSR1;  // ends the waiting thread on destruction

bool IsIgnored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t Signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (!IsIgnored(SIGHUP)) sigaddset(&set, SIGHUP);
  sigaddset(&set, kWakeSignal);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = Signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // `| head` must not end a run that has machines. A handler instead of SIG_IGN, which child
  // processes would inherit.
  signal(SIGPIPE, [](int) {});
  signal(SIGXFSZ, [](int) {});  // at a file size limit the write fails and is reported
  thread_ = std::jthread([this](std::stop_token closing) { Wait(std::move(closing)); });
}

Interrupt::~Interrupt() {
  if (thread_.joinable()) LeavePending();
}

void Interrupt::LeavePending() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), kWakeSignal);
  thread_.join();
}

void Interrupt::OnFirst(std::function<void()> action) {
  std::lock_guard lock(mutex_);
  first_ = std::move(action);
}

void Interrupt::OnSecond(std::function<void()> action) {
  std::lock_guard lock(mutex_);
  second_ = std::move(action);
}

void Interrupt::PassOnTo(pid_t process, std::chrono::steady_clock::time_point begun) {
  std::lock_guard lock(mutex_);
  passed_on_to_ = process;
  if (process <= 0 || !requested()) return;
  const int signal = first_at_ < begun ? SIGTERM : to_pass_on_;
  if (signal != 0) kill(process, signal);
}

void Interrupt::Wait(std::stop_token closing) {
  const sigset_t set = Signals();
  std::chrono::steady_clock::time_point terminated_at;  // when the first signal was SIGTERM
  while (true) {
    siginfo_t info{};
    const int received = sigwaitinfo(&set, &info);
    if (closing.stop_requested()) {
      // It came too late for this object. Blocked as it is, it becomes pending again.
      if (received > 0 && received != kWakeSignal) kill(getpid(), received);
      return;
    }
    if (received < 0 || received == kWakeSignal) continue;  // EINTR after SIGCONT
    const auto now = std::chrono::steady_clock::now();
    std::lock_guard lock(mutex_);
    if (stop_.request_stop()) {
      if (received == SIGTERM) terminated_at = now;
      first_at_ = now;
      // The kernel sends a terminal's signals to the whole process group.
      to_pass_on_ = info.si_code == SI_KERNEL ? 0 : received;
      unread_output_.emplace();
      if (first_) first_();
      if (passed_on_to_ > 0 && to_pass_on_ != 0) kill(passed_on_to_, to_pass_on_);
    } else if (received != SIGTERM || now - terminated_at >= kSameRequest) {
      if (second_) second_();
      if (passed_on_to_ > 0) kill(passed_on_to_, SIGKILL);
      _exit(kInterruptedStatus);
    }
  }
}

}  // namespace suites
