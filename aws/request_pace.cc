#include "aws/request_pace.h"

#include <algorithm>

#include "aws/tasks/sleep.h"
#include "aws/tasks/tasks.h"

namespace aws {
namespace {

struct Rate {
  double burst;
  double per_second;
  double left_for_calls_at_once;
};

// "Request throttling for the EC2 API": RunInstances and StartInstances have 5 tokens and get 2 per
// second; other mutating actions have 50 and get 5; describe actions have 100 and get 20. Calls can
// arrive at EC2 closer together than they left. Therefore a tenth of the tokens, and at least two,
// stay unused.
constexpr Rate kStarting{3, 2, 1};
constexpr Rate kMutating{45, 5, 5};
constexpr Rate kDescribing{90, 20, 30};
constexpr std::string_view kPrepaid[] = {"RunInstances", "StartInstances"};

const Rate& RateOf(std::string_view action) {
  if (std::ranges::find(kPrepaid, action) != std::end(kPrepaid)) return kStarting;
  const bool describes = action.starts_with("Describe") || action.starts_with("Get");
  return describes ? kDescribing : kMutating;
}

TaskPointer& Waits() {
  static TaskPointer& waits = *new TaskPointer;  // outlives every thread
  return waits;
}

}  // namespace

std::shared_ptr<RequestPace> RequestPace::Of(const std::string& endpoint_url,
                                             const std::string& region) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<RequestPace>> paces;
  const std::lock_guard lock(mutex);
  auto& pace = paces[endpoint_url + " " + region];
  if (pace == nullptr) pace = std::make_shared<RequestPace>();
  return pace;
}

RequestPace::Bucket& RequestPace::Filled(std::string_view action, Clock::time_point now) {
  const Rate& rate = RateOf(action);
  const auto [found, is_new] = buckets_.try_emplace(std::string(action));
  Bucket& bucket = found->second;
  if (is_new) bucket = {rate.burst, now};
  const std::chrono::duration<double> passed = now - bucket.filled_at;
  bucket.tokens = std::min(rate.burst, bucket.tokens + passed.count() * rate.per_second * speed_);
  bucket.filled_at = now;
  return bucket;
}

std::chrono::nanoseconds RequestPace::Take(std::string_view action, double left,
                                           Clock::time_point deadline,
                                           const std::stop_token& stop) {
  if (speed_ <= 0) return {};
  const Clock::time_point start = Clock::now();
  Clock::time_point now = start;
  while (true) {
    double missing = 0;
    {
      const std::lock_guard lock(mutex_);
      Bucket& bucket = Filled(action, now);
      missing = 1 + left - bucket.tokens;
      if (missing <= 0) bucket.tokens -= 1;
    }
    if (missing <= 0 || now >= deadline) break;
    const std::chrono::duration<double> until_filled(missing /
                                                     (RateOf(action).per_second * speed_));
    const auto wait = std::chrono::duration_cast<std::chrono::nanoseconds>(until_filled);
    const bool slept = SleepFor(std::min<Clock::duration>(wait, deadline - now), stop);
    now = Clock::now();
    if (!slept) break;
  }
  waited_ns_ += (now - start) / std::chrono::nanoseconds(1);
  return now - start;
}

std::chrono::nanoseconds RequestPace::Await(std::string_view action, Clock::time_point deadline,
                                            const std::stop_token& stop) {
  return Take(action, RateOf(action).left_for_calls_at_once, deadline, stop);
}

void RequestPace::Spend(std::string_view action) {
  const std::lock_guard lock(mutex_);
  Filled(action, Clock::now()).tokens -= 1;
}

void RequestPace::Refused(std::string_view action) {
  ++refusals_;
  const std::lock_guard lock(mutex_);
  Bucket& bucket = Filled(action, Clock::now());
  bucket.tokens = std::min(bucket.tokens, 0.0);
}

void RequestPace::GiveBack(std::string_view action) {
  const std::lock_guard lock(mutex_);
  Bucket& bucket = Filled(action, Clock::now());
  bucket.tokens = std::min(RateOf(action).burst, bucket.tokens + 1);
}

PrepaidCalls::PrepaidCalls(RequestPace* pace, Clock::time_point deadline,
                           const std::stop_token& stop)
    : pace_(pace) {
  if (pace_ == nullptr) return;
  for (const std::string_view action : kPrepaid) {
    waited_ += pace_->Take(action, 0, deadline, stop);
    left_[std::string(action)] = 1;
  }
}

PrepaidCalls::~PrepaidCalls() {
  for (const auto& [action, count] : left_) {
    for (int i = 0; i < count; ++i) pace_->GiveBack(action);
  }
}

void PrepaidCalls::Use(std::string_view action) {
  if (pace_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    const auto left = left_.find(action);
    if (left != left_.end() && left->second > 0) {
      --left->second;
      return;
    }
  }
  pace_->Spend(action);
}

WaitScope::WaitScope(std::atomic<std::int64_t>* waited_ns) : before_(current()) {
  Waits().Set(waited_ns);
}

WaitScope::~WaitScope() { Waits().Set(before_); }

std::atomic<std::int64_t>* WaitScope::current() {
  return static_cast<std::atomic<std::int64_t>*>(Waits().Get());
}

void WaitScope::Add(std::chrono::nanoseconds waited) {
  if (auto* const waits = current()) *waits += waited.count();
}

}  // namespace aws
