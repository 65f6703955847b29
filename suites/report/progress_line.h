// A line on stderr that says how far a run is. What is printed meanwhile goes through
// ProgressPause, so that the two never mix.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>

namespace suites {

// On a terminal: redraws `text(width)` about ten times a second, in a thread of its own, until
// destroyed, and wipes the line then. Elsewhere: prints it once every `period`, since launches are
// shown after the run only, and whoever watches a log should see that it goes on. One at a time.
class ProgressLine {
 public:
  // `text` returns at most `width` columns of ASCII; more is cut.
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

// While it lives, the progress line is not on the screen. It stays away a little longer: if only
// stderr is a terminal, what was printed may take its way through a pipe (`| tee log`) to the same
// screen. Any thread may have one, and one inside another. It never waits long: what holds the
// screen may be a pipe that nobody reads.
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
