#include "suites/report/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <utility>

#include "aws/tasks/sleep.h"

namespace suites {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::size_t kLogWidth = 80;
// How long the line stays away after other output.
constexpr std::chrono::milliseconds kQuiet{500};
// How long to wait for the screen, and how often to try.
constexpr std::chrono::seconds kMostPatience{1};
constexpr std::chrono::milliseconds kPatience{5};

// Locked by the thread that writes to the screen.
std::recursive_mutex screen;
std::string drawn;                // the progress line that is on the screen; guarded by `screen`
Clock::time_point quiet_until{};  // guarded by `screen`

std::size_t TerminalWidth() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void Wipe() {
  if (std::exchange(drawn, "").empty()) return;
  std::fputs("\r\033[K", stderr);
}

// The cursor returns to the start of the line, so that output of other programs begins there.
void Show(const std::string& line) {
  const std::lock_guard lock(screen);
  if (Clock::now() < quiet_until || line == drawn) return;
  std::fprintf(stderr, "\r\033[K%s\r", line.c_str());
  drawn = line;
}

}  // namespace

ProgressLine::ProgressLine(std::function<std::string(std::size_t width)> text,
                           std::chrono::milliseconds period)
    : text_(std::move(text)), period_(period) {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    if (isatty(STDERR_FILENO) == 1) {
      Draw(stop);
    } else {
      PrintNowAndThen(stop);
    }
  });
}

ProgressLine::~ProgressLine() = default;

void ProgressLine::Draw(const std::stop_token& stop) {
  do {
    const std::size_t width = TerminalWidth() - 1;  // a wrapped line could not be cleared
    // Before locking `screen`, because it takes other locks.
    std::string line = text_(width);
    line.resize(std::min(line.size(), width));
    Show(line);
  } while (aws::SleepFor(kRedraw, stop));
  const std::lock_guard lock(screen);
  Wipe();
}

void ProgressLine::PrintNowAndThen(const std::stop_token& stop) {
  while (aws::SleepFor(period_, stop)) {
    const std::string line = text_(kLogWidth) + "\n";
    const ProgressPause pause;
    std::fputs(line.c_str(), stderr);
  }
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
