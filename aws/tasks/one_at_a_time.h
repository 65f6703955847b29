// Work that only one may do at a time, while others wait for its end.
#pragma once

#include <exception>
#include <mutex>

#include "aws/tasks/condition.h"

namespace aws {

// As a second mutex around slow work, but a task may wait for it. All functions require that `lock`
// holds the mutex of the data that the work changes; they return, or throw, with the lock held.
class OneAtATime {
 public:
  // Blocks until no work is under way.
  void AwaitEnd(std::unique_lock<std::mutex>& lock) {
    ended_.Wait(lock, [this] { return !is_under_way_; });
  }

  // Runs `work` without the lock. Throws what it throws. REQUIRES: no work is under way.
  template <typename Work>
  void Run(std::unique_lock<std::mutex>& lock, const Work& work) {
    is_under_way_ = true;
    lock.unlock();
    std::exception_ptr error;
    try {
      work();
    } catch (const std::exception&) {
      error = std::current_exception();
    }
    lock.lock();
    is_under_way_ = false;
    ended_.NotifyAll();
    if (error) std::rethrow_exception(error);
  }

 private:
  bool is_under_way_ = false;
  Condition ended_;
};

}  // namespace aws
