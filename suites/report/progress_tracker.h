// How far a schedule is, as the progress line shows it.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "fixtures/launch/launch_schedule.h"
#include "suites/report/progress_text.h"

namespace suites {

// Not thread-safe.
class ProgressTracker {
 public:
  // Call it before the schedule starts: what has ended by then took no time of this run. `schedule`
  // and `fixtures` outlive it.
  ProgressTracker(const fixtures::LaunchSchedule& schedule,
                  std::vector<fixtures::LaunchFixture*> fixtures, int repetitions, int concurrency);

  // See DescribeProgress(). Looks at the schedule once a second.
  std::string Text(std::size_t width);

 private:
  using Clock = std::chrono::steady_clock;

  void Look();
  TechniqueWork LookAt(fixtures::LaunchFixture* fixture, int earlier, double* usd);
  std::vector<fixtures::Sample> SamplesOf(fixtures::LaunchFixture* fixture) const;

  const fixtures::LaunchSchedule& schedule_;
  const std::vector<fixtures::LaunchFixture*> fixtures_;
  const int repetitions_;
  const int concurrency_;
  const Clock::time_point started_ = Clock::now();
  std::optional<Clock::time_point> measuring_since_;  // the first launch that has ended began
  std::vector<int> earlier_;                          // ended before the start, by fixture
  std::optional<Clock::time_point> looked_;
  ProgressState state_;
};

}  // namespace suites
