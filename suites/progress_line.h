// A line on stderr that says how far a run is; on a terminal only.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace suites {

// Redraws `text()` about ten times a second, in a thread of its own, until destroyed, and wipes the
// line then. Silent where stderr is no terminal.
class ProgressLine {
 public:
  explicit ProgressLine(std::function<std::string()> text);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  void Draw(std::stop_token stop);

  std::function<std::string()> text_;
  std::jthread thread_;
};

}  // namespace suites
