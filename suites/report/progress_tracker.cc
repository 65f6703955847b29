#include "suites/report/progress_tracker.h"

#include <algorithm>
#include <span>
#include <utility>

namespace suites {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};

}  // namespace

ProgressTracker::ProgressTracker(const fixtures::LaunchSchedule& schedule,
                                 const fixtures::SpendGuard& spend,
                                 std::vector<fixtures::LaunchFixture*> fixtures, int repetitions,
                                 int concurrency)
    : schedule_(schedule),
      spend_(spend),
      fixtures_(std::move(fixtures)),
      repetitions_(repetitions),
      concurrency_(concurrency) {
  for (auto* fixture : fixtures_) earlier_.push_back(static_cast<int>(SamplesOf(fixture).size()));
}

// Asks by fixture and not by name, because two configurations have fixtures of the same names.
std::vector<fixtures::Sample> ProgressTracker::SamplesOf(fixtures::LaunchFixture* fixture) const {
  return schedule_.SamplesOf(std::span(&fixture, 1));
}

std::string ProgressTracker::Text(std::size_t width) {
  if (!looked_ || Clock::now() - *looked_ >= kBetweenLooks) {
    looked_ = Clock::now();
    Look();
  }
  return DescribeProgress(state_, width);
}

void ProgressTracker::Look() {
  const auto progress = schedule_.progress();
  state_.elapsed = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started_);
  state_.finished = progress.finished;
  state_.failed = progress.failed;
  state_.total = progress.total;
  state_.in_flight = progress.in_flight;
  state_.preparing = progress.preparing_techniques;
  state_.usd = spend_.usd_so_far();
  std::vector<TechniqueWork> work;
  for (std::size_t i = 0; i < fixtures_.size(); ++i)
    work.push_back(LookAt(fixtures_[i], earlier_[i]));
  if (!measuring_since_) return;
  state_.left = EstimateLeft(
      work, concurrency_,
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *measuring_since_));
}

TechniqueWork ProgressTracker::LookAt(fixtures::LaunchFixture* fixture, int earlier) {
  TechniqueWork work;
  work.exclusive = fixture->exclusive();
  double sum_ms = 0;
  int timed = 0;
  const auto samples = SamplesOf(fixture);
  for (const fixtures::Sample& sample : samples) {
    if (!sample.ok) continue;
    ++timed;
    sum_ms += fixtures::ToMilliseconds(sample.timeline->total());
  }
  const int ended = static_cast<int>(samples.size());
  for (int i = earlier; i < ended; ++i) {
    if (const auto& timeline = samples[i].timeline; timeline)
      measuring_since_ = std::min(measuring_since_.value_or(timeline->start()), timeline->start());
  }
  work.finished = ended - earlier;
  work.left = std::max(repetitions_ - ended, 0);
  if (timed > 0) work.mean_ms = sum_ms / timed;
  return work;
}

}  // namespace suites
