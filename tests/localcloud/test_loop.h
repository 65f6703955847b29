// An event loop driven by the test's own thread.
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

  // Turns the loop until `done`, or fails the test after a minute.
  void RunUntil(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nothing happened";
      // Wakes now and then, so that the deadline is seen.
      timeval tick{0, 100'000};
      event_base_loopexit(base_, &tick);
      event_base_loop(base_, EVLOOP_ONCE);
    }
  }

 private:
  event_base* base_ = nullptr;
};

}  // namespace localcloud
