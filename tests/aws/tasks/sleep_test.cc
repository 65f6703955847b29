#include "aws/tasks/sleep.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <thread>

namespace aws {
namespace {

using namespace std::chrono_literals;

TEST(SleepFor, EndsInTimeOrWhenStopped) {
  EXPECT_TRUE(SleepFor(5ms, {}));
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(10ms);  // likely to fall into the wait; both orders must end it
    stop.request_stop();
  });
  EXPECT_FALSE(SleepFor(3600s, stop.get_token()));
  EXPECT_FALSE(SleepFor(3600s, stop.get_token()));
}

}  // namespace
}  // namespace aws
