#include "suites/run/arm_regions.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <thread>
#include <utility>

#include "suites/report/message.h"
#include "suites/report/progress_line.h"
#include "suites/run/spend_plan.h"

namespace suites {
namespace {

// For TerminateAll(). Close() sends the calls again, and waits until the machines are gone.
constexpr std::chrono::milliseconds kFirstTry{10'000};

}  // namespace

ArmRegions::ArmRegions(ArmTarget* target, const std::stop_token& stop)
    : target_(*target), failures_(sessions().size()) {
  try {
    Open(stop);
  } catch (const std::exception&) {
    Close();
    throw;
  }
}

ArmRegions::~ArmRegions() { Close(); }

void ArmRegions::Open(const std::stop_token& stop) {
  const ProgressLine progress([](std::size_t) { return std::string("getting ready"); });
  std::vector<std::exception_ptr> errors(sessions().size());
  {
    std::vector<std::jthread> openers;
    for (std::size_t i = 0; i < sessions().size(); ++i) {
      openers.emplace_back([&, i] {
        try {
          sessions()[i]->Open(stop);
        } catch (const std::exception& error) {
          errors[i] = std::current_exception();
          failures_[i] = fmt::format("opening {}: {}", sessions()[i]->region(), error.what());
        }
      });
    }
  }
  const bool none_open =
      std::ranges::none_of(errors, [](const auto& error) { return error == nullptr; });
  if (!none_open && !stop.stop_requested()) return;
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

std::vector<fixtures::LaunchSchedule::Entry> ArmRegions::Entries() const {
  std::vector<fixtures::LaunchSchedule::Entry> entries;
  for (auto* fixture : target_.fixtures()) {
    std::size_t i = 0;
    while (sessions()[i]->region() != RegionOf(*fixture, target_.options())) ++i;
    std::vector<fixtures::Sample> finished;
    std::ranges::copy_if(target_.earlier(), std::back_inserter(finished), [&](const auto& sample) {
      return sample.benchmark == fixture->technique();
    });
    entries.push_back(
        {fixture, sessions()[i].get(), target_.files().log(), failures_[i], std::move(finished)});
  }
  return entries;
}

void ArmRegions::DescribeCalls() const {
  for (std::size_t i = 0; i < sessions().size(); ++i) {
    if (!failures_[i].empty()) continue;
    const auto& session = sessions()[i];
    const auto calls =
        session->watcher().describe_calls() + session->end_watcher().describe_calls();
    Say(fmt::format("{}: round trip at most {:.1f} ms, {} describe call(s) for all launches",
                    session->region(), fixtures::ToMilliseconds(session->endpoint_round_trip()),
                    calls));
  }
}

void ArmRegions::TerminateAll() noexcept {
  if (target_.CloudDied()) return;
  const auto deadline =
      fixtures::Clock::now() + std::min(target_.options().cleanup_timeout, kFirstTry);
  for (const auto& session : sessions()) session->TerminateAll(deadline);
}

bool ArmRegions::Close() {
  if (std::exchange(closed_, true)) return true;
  const auto deadline = fixtures::Clock::now() + target_.options().cleanup_timeout;
  const ProgressLine progress(
      [](std::size_t) { return std::string("removing what the run made"); });
  // In parallel, so that each region has the whole --cleanup_timeout.
  std::vector<std::vector<fixtures::LeftBehind>> left_in(sessions().size());
  if (!target_.CloudDied()) {
    std::vector<std::jthread> closers;
    for (std::size_t i = 0; i < sessions().size(); ++i) {
      closers.emplace_back(
          [&, i] { left_in[i] = sessions()[i]->Close(deadline, target_.cloud_gone()); });
    }
  }
  std::vector<fixtures::LeftBehind> all_left;
  for (auto& left : left_in) std::ranges::move(left, std::back_inserter(all_left));
  if (target_.CloudDied()) all_left.clear();  // the cloud may have died during the cleanup
  for (const auto& left : all_left) {
    Say(fmt::format("not removed: {} {} in {}: {}", left.resource.kind, left.resource.id,
                    left.resource.region, left.reason));
  }
  if (all_left.empty()) target_.journal().Finish();
  if (!all_left.empty()) Say("remove it with ./launch_bench --cleanup, and the same target flags");
  return all_left.empty();
}

}  // namespace suites
