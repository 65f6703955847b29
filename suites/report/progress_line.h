// A line on stderr that shows the progress of a run. Code that prints meanwhile holds a
// ProgressPause, so that its output and the line never mix.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>

namespace suites {

// On a terminal, redraws `text(width)` about ten times a second in its own thread, and clears the
// line on destruction. Elsewhere, prints the text once every `period`: launches are shown only
// after the run, and a log should show that it goes on. Requires: no other ProgressLine exists.
class ProgressLine {
 public:
  // `text` returns at most `width` columns of ASCII; longer text is cut.
  explicit ProgressLine(std::function<std::string(std::size_t width)> text,
                        std::chrono::milliseconds period = std::chrono::minutes(1));
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  void Draw(const std::stop_token& stop);
  void PrintNowAndThen(const std::stop_token& stop);

  const std::function<std::string(std::size_t width)> text_;
  const std::chrono::milliseconds period_;
  std::jthread thread_;
};

// While it exists, the progress line is not on the screen. The line returns a little later than its
// destruction: if only stderr is a terminal, the output may still be on its way to the same screen
// through a pipe, such as tee(1). Thread-safe, and may be nested. Never blocks long, because the
// screen may be held by a pipe that nobody reads.
class ProgressPause {
 public:
  ProgressPause();
  ~ProgressPause();
  ProgressPause(const ProgressPause&) = delete;
  ProgressPause& operator=(const ProgressPause&) = delete;

 private:
  bool locked_ = false;
};

}  // namespace suites
