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
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), kWakeSignal);
}

void Interrupt::OnFirst(std::function<void()> action) {
  std::lock_guard lock(mutex_);
  first_ = std::move(action);
}

void Interrupt::OnSecond(std::function<void()> action) {
  std::lock_guard lock(mutex_);
  second_ = std::move(action);
}

void Interrupt::Wait(std::stop_token closing) {
  const sigset_t set = Signals();
  std::chrono::steady_clock::time_point terminated_at;  // when the first signal was SIGTERM
  while (true) {
    int received = 0;
    if (sigwait(&set, &received) != 0 || closing.stop_requested()) return;
    if (received == kWakeSignal) continue;
    const auto now = std::chrono::steady_clock::now();
    std::lock_guard lock(mutex_);
    if (stop_.request_stop()) {
      if (received == SIGTERM) terminated_at = now;
      unread_output_.emplace();
      if (first_) first_();
    } else if (received != SIGTERM || now - terminated_at >= kSameRequest) {
      if (second_) second_();
      _exit(kInterruptedStatus);
    }
  }
}

}  // namespace suites
