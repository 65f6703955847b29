#include "localcloud/loop/timers.h"

#include <event2/event.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "localcloud/loop/background_worker.h"
#include "tests/localcloud/test_loop.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

TEST(Timers, NeverEarly) {
  TestLoop loop;
  Timers timers(loop.base());
  int fired = 0;
  for (int i = 0; i < 50; ++i) {
    const auto due = Clock::now() + milliseconds(i % 7);
    timers.After(milliseconds(i % 7), [&fired, due] {
      EXPECT_GE(Clock::now(), due);
      ++fired;
    });
  }
  loop.RunUntil([&] { return fired == 50; });
  EXPECT_EQ(fired, 50);
}

TEST(Timers, MaySetAndCancelOthersWhileTheyRun) {
  TestLoop loop;
  Timers timers(loop.base());
  bool second = false;
  bool cancelled_ran = false;
  const Timers::Id cancelled = timers.After(milliseconds(5), [&] { cancelled_ran = true; });
  timers.After({}, [&] {
    timers.Cancel(cancelled);
    timers.After(milliseconds(10), [&] { second = true; });
  });
  loop.RunUntil([&] { return second; });
  EXPECT_TRUE(second);
  EXPECT_FALSE(cancelled_ran);
}

TEST(Timers, NeverMeansNever) {
  TestLoop loop;
  Timers timers(loop.base());
  timers.After(std::chrono::nanoseconds::max(), [] { FAIL(); });
  bool done = false;
  timers.After(milliseconds(20), [&] { done = true; });
  loop.RunUntil([&] { return done; });
}

TEST(BackgroundWorker, WorksElsewhereAndReportsHere) {
  TestLoop loop;
  BackgroundWorker worker(loop.base());
  const auto here = std::this_thread::get_id();
  std::vector<std::string> errors;
  std::thread::id worked;
  worker.Run([&](const std::stop_token&) { worked = std::this_thread::get_id(); },
             [&](const std::string& error) {
               EXPECT_EQ(std::this_thread::get_id(), here);
               errors.push_back(error);
             });
  worker.Run([](const std::stop_token&) { throw std::runtime_error("no space"); },
             [&](const std::string& error) { errors.push_back(error); });
  loop.RunUntil([&] { return errors.size() == 2; });
  EXPECT_NE(worked, here);
  EXPECT_THAT(errors, ::testing::ElementsAre("", "no space"));
}

TEST(BackgroundWorker, AsksWhatItHasBegunToStop) {
  TestLoop loop;
  std::atomic<bool> begun = false;
  std::atomic<bool> stopped = false;
  {
    BackgroundWorker worker(loop.base());
    worker.Run(
        [&](const std::stop_token& stop) {
          begun = true;
          test_support::WaitUntil("the stop", [&] { return stop.stop_requested(); });
          stopped = true;
        },
        [](const std::string&) { FAIL(); });
    test_support::WaitUntil("the work", [&] { return begun.load(); });
  }
  EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace localcloud
