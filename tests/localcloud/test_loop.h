// An event loop that the test's own thread runs.
#pragma once

#include <event2/event.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

namespace localcloud {

class TestLoop {
 public:
  TestLoop() {
    event_config* config = event_config_new();
    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
    base_ = event_base_new_with_config(config);
    event_config_free(config);
  }
  ~TestLoop() { event_base_free(base_); }
  TestLoop(const TestLoop&) = delete;
  TestLoop& operator=(const TestLoop&) = delete;

  event_base* base() const { return base_; }

  // Runs the loop until `done` returns true. Fails the test after a minute.
  void RunUntil(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nothing happened";
      // A periodic timer, so that the loop notices the deadline.
      timeval tick{0, 100'000};
      event_base_loopexit(base_, &tick);
      event_base_loop(base_, EVLOOP_ONCE);
    }
  }

 private:
  event_base* base_ = nullptr;
};

}  // namespace localcloud
