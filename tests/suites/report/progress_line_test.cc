#include "suites/report/progress_line.h"

#include <gmock/gmock.h>

#include <atomic>

#include "tests/support/wait_until.h"

namespace suites {
namespace {

// terminal_test.cc tests what a terminal shows. Here stderr is captured, because it may be a
// terminal.
TEST(ProgressLineTest, ALogGetsALineNowAndThen) {
  testing::internal::CaptureStderr();  // makes stderr a file
  {
    std::atomic<int> asked = 0;
    const ProgressLine line(
        [&](std::size_t width) {
          ++asked;
          return "at most " + std::to_string(width);
        },
        std::chrono::milliseconds(1));
    test_support::WaitUntil("three lines", [&] { return asked >= 3; });
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::StartsWith("at most 80\nat most 80\n"));
}

TEST(ProgressLineTest, AShortRunSaysNothingInALog) {
  testing::internal::CaptureStderr();
  {
    const ProgressLine line([](std::size_t) { return std::string("progress"); });
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ProgressPauseTest, OneMayBeInsideAnother) {
  const ProgressPause pause;
  const ProgressPause inner;
}

}  // namespace
}  // namespace suites
