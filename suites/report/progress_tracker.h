// Follows the progress of a schedule for the progress line.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "fixtures/cost/spend_limit.h"
#include "fixtures/launch/launch_schedule.h"
#include "suites/report/progress_text.h"

namespace suites {

// Not thread-safe.
class ProgressTracker {
 public:
  // Call it before the schedule starts: launches that have ended by then took no time of this run.
  // `schedule`, `spend` and `fixtures` must outlive it.
  ProgressTracker(const fixtures::LaunchSchedule& schedule, const fixtures::SpendGuard& spend,
                  std::vector<fixtures::LaunchFixture*> fixtures, int repetitions, int concurrency);

  // Returns the text of the line (see DescribeProgress()). Looks at the schedule at most once a
  // second.
  std::string Text(std::size_t width);

 private:
  using Clock = std::chrono::steady_clock;

  void Look();
  TechniqueWork LookAt(fixtures::LaunchFixture* fixture, int earlier);
  std::vector<fixtures::Sample> SamplesOf(fixtures::LaunchFixture* fixture) const;

  const fixtures::LaunchSchedule& schedule_;
  const fixtures::SpendGuard& spend_;
  const std::vector<fixtures::LaunchFixture*> fixtures_;
  const int repetitions_;
  const int concurrency_;
  const Clock::time_point started_ = Clock::now();
  std::optional<Clock::time_point> measuring_since_;  // the start of the first launch that ended
  // Per fixture: launches that ended before the start.
  std::vector<int> earlier_;
  std::optional<Clock::time_point> looked_;
  ProgressState state_;
};

}  // namespace suites
