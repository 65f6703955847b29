// Turns Ctrl-C, SIGTERM and SIGHUP (the terminal was closed) into a stop token.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "suites/run/unread_output.h"

namespace suites {

// Requires: no other thread exists yet. The constructor blocks these signals, and new threads
// inherit that. SIGHUP stays ignored if it was ignored before, as under nohup. Writing to a closed
// pipe does not end the process. The first signal triggers token() and calls the action of
// OnFirst(). The second calls the action of OnSecond() and ends the process at once with 130. A
// SIGTERM within half a second of the first signal does not count as the second, because timeout(1)
// sends two. Both actions run in this object's thread. After the first signal, output that nobody
// reads blocks no thread for long (unread_output.h).
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  bool requested() const { return stop_.stop_requested(); }

  // Ends this object's work: signals that come from now on stay pending, and reach the program that
  // this process executes next. Call it once.
  void LeavePending();

  // Set the actions before a signal can come. Not safe while an action may run.
  void OnFirst(std::function<void()> action);
  void OnSecond(std::function<void()> action);

  // Passes the signals that follow on to `process`, a child of this process in the same process
  // group; 0: to none. What a terminal sends reaches the child anyway. If a signal has come
  // already, sends it to the child at once, or SIGTERM if it came before `begun`, the time before
  // the child was started. The second signal kills the child. Thread-safe.
  void PassOnTo(pid_t process, std::chrono::steady_clock::time_point begun = {});

 private:
  void Wait(std::stop_token closing);

  std::stop_source stop_;
  std::mutex mutex_;
  std::function<void()> first_;
  std::function<void()> second_;
  std::optional<UnreadOutput> unread_output_;  // used by the thread
  pid_t passed_on_to_ = 0;
  std::chrono::steady_clock::time_point first_at_{};
  int to_pass_on_ = 0;  // the first signal; 0 if it came from the terminal
  std::jthread thread_;
};

}  // namespace suites
