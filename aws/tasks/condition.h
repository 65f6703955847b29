// A condition variable for tasks and threads alike.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

namespace aws {

// As std::condition_variable. If a task waits (tasks.h), the other tasks of its thread go on.
// Waiting is allowed in a catch block and in a destructor that unwinds the stack. Thread-safe.
//
// A std::mutex is enough for what it guards, because no task may wait for anything else while it
// holds the lock.
class Condition {
 public:
  Condition();
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // REQUIRES: the mutex of those who wait is held. So none of them can return, and end its thread,
  // before this call has ended: Boost.Fiber would use what belonged to that thread.
  void NotifyAll();

  // Blocks until `holds` returns true. REQUIRES: `lock` is held, and is held when `holds` is
  // called.
  template <typename Predicate>
  void Wait(std::unique_lock<std::mutex>& lock, Predicate holds) {
    while (!holds()) WaitForNotice(lock);
  }

  // The same, but gives up at `deadline`. Returns what `holds` returned last.
  template <typename Predicate>
  bool WaitUntil(std::unique_lock<std::mutex>& lock, std::chrono::steady_clock::time_point deadline,
                 Predicate holds) {
    while (!holds()) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      WaitForNotice(lock, deadline);
    }
    return true;
  }

 private:
  void WaitForNotice(std::unique_lock<std::mutex>& lock);
  void WaitForNotice(std::unique_lock<std::mutex>& lock,
                     std::chrono::steady_clock::time_point deadline);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aws
