#include "suites/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <utility>

namespace suites {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRedraw{100};
// After something was printed.
constexpr std::chrono::milliseconds kQuiet{500};
// For whoever holds the screen.
constexpr std::chrono::seconds kMostPatience{1};
constexpr std::chrono::milliseconds kPatience{5};

// The screen, which whoever writes to it holds.
std::recursive_mutex screen;
std::string drawn;                // what of a progress line is on it; guarded by `screen`
Clock::time_point quiet_until{};  // likewise

std::size_t TerminalWidth() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void Wipe() {
  if (std::exchange(drawn, "").empty()) return;
  std::fputs("\r\033[K", stderr);
}

// The cursor goes back to the line's start: what another program prints begins there.
void Show(const std::string& line) {
  const std::lock_guard lock(screen);
  if (Clock::now() < quiet_until || line == drawn) return;
  std::fprintf(stderr, "\r\033[K%s\r", line.c_str());
  drawn = line;
}

}  // namespace

ProgressLine::ProgressLine(std::function<std::string(std::size_t width)> text)
    : text_(std::move(text)) {
  if (isatty(STDERR_FILENO))
    thread_ = std::jthread([this](std::stop_token stop) { Draw(std::move(stop)); });
}

ProgressLine::~ProgressLine() = default;

void ProgressLine::Draw(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    const std::size_t width = TerminalWidth() - 1;  // a wrapped line could not be wiped
    std::string line = text_(width);                // before the screen is taken: it takes locks
    line.resize(std::min(line.size(), width));
    Show(line);
    never.wait_for(lock, stop, kRedraw, [] { return false; });
  }
  const std::lock_guard screen_lock(screen);
  Wipe();
}

ProgressPause::ProgressPause() {
  const auto deadline = Clock::now() + kMostPatience;
  while (!(locked_ = screen.try_lock()) && Clock::now() < deadline)
    std::this_thread::sleep_for(kPatience);
  if (locked_) Wipe();
}

ProgressPause::~ProgressPause() {
  if (!locked_) return;
  quiet_until = Clock::now() + kQuiet;
  screen.unlock();
}

}  // namespace suites
