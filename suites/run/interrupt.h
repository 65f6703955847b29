// Ctrl-C, SIGTERM and SIGHUP (a terminal that closed), turned into a stop token.
#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace suites {

// Make one before any other thread: it blocks these signals, and threads inherit that (SIGHUP stays
// ignored where it was, under nohup). A pipe that nobody reads any more ends nothing. The first
// signal triggers token() and calls `first`; the second calls `second` and ends the process with
// 130 at once, but for a SIGTERM within half a second of the first: timeout(1) sends two for one.
// Both run in this object's thread.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  bool requested() const { return stop_.stop_requested(); }

  // Set before the signal may come; calling it later is a race that the caller must exclude.
  void OnFirst(std::function<void()> action);
  void OnSecond(std::function<void()> action);

 private:
  void Wait(std::stop_token closing);

  std::stop_source stop_;
  std::mutex mutex_;
  std::function<void()> first_;
  std::function<void()> second_;
  std::jthread thread_;
};

}  // namespace suites
