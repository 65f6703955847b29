// Blocking work beside the event loop.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

struct event_base;

namespace localcloud {

// Runs blocking work (copying trees) on one thread of its own, and tells the event loop when it is
// done. Run() from the event loop's thread only. Destruction asks what was begun to stop, waits for
// it and drops the rest.
class BackgroundWorker {
 public:
  explicit BackgroundWorker(event_base* base);
  ~BackgroundWorker();
  BackgroundWorker(const BackgroundWorker&) = delete;
  BackgroundWorker& operator=(const BackgroundWorker&) = delete;

  // Where it may take long, it looks at `stop`.
  using Work = std::function<void(const std::stop_token& stop)>;

  // `work` runs on the worker's thread, one at a time and in order; then `done` on the event
  // loop's, with the text of the exception that `work` ended with, empty where it ended well.
  void Run(Work work, std::function<void(const std::string& error)> done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
