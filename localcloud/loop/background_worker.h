// Runs blocking work outside the event loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

struct event_base;

namespace localcloud {

// Runs blocking work (copying trees) on one thread of its own and tells the event loop when it is
// done. Call Run() from the event loop's thread only. The destructor asks the running job to stop,
// waits for it and drops the jobs that have not started.
class BackgroundWorker {
 public:
  explicit BackgroundWorker(event_base* base);
  ~BackgroundWorker();
  BackgroundWorker(const BackgroundWorker&) = delete;
  BackgroundWorker& operator=(const BackgroundWorker&) = delete;

  // Work that may take long must check `stop`.
  using Work = std::function<void(const std::stop_token& stop)>;

  // Runs `work` on the worker's thread; jobs run one at a time and in order. Then calls `done` on
  // the event loop's thread. `error` is the text of the exception that `work` threw, or empty.
  void Run(Work work, std::function<void(const std::string& error)> done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace localcloud
