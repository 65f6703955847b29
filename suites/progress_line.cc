#include "suites/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <utility>

namespace suites {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};

std::size_t TerminalWidth() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

ProgressLine::ProgressLine(std::function<std::string()> text) : text_(std::move(text)) {
  if (isatty(STDERR_FILENO))
    thread_ = std::jthread([this](std::stop_token stop) { Draw(std::move(stop)); });
}

ProgressLine::~ProgressLine() = default;

void ProgressLine::Draw(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    std::string line = text_();
    line.resize(std::min(line.size(), TerminalWidth() - 1));  // a wrapped line could not be wiped
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    never.wait_for(lock, stop, kRedraw, [] { return false; });
  }
  std::fputs("\r\033[K", stderr);
}

}  // namespace suites
