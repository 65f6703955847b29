#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "aws/credentials.h"
#include "aws/tasks/tasks.h"

namespace aws {
namespace {

using std::chrono::system_clock;

// The wait after a load that failed.
constexpr std::chrono::seconds kRetry{10};
constexpr std::chrono::milliseconds kShortestWait{100};
// How long Get() throws the error of the latest load and does not load again.
constexpr std::chrono::milliseconds kFailureHolds{1000};

}  // namespace

CredentialKeeper::CredentialKeeper(Load load, const std::stop_token& stop)
    : load_(std::move(load)), current_(load_(stop)), loaded_(system_clock::now()) {
  if (current_.expiry)
    refresher_ = std::jthread([this](std::stop_token ending) { Refresh(std::move(ending)); });
}

CredentialKeeper::~CredentialKeeper() = default;

bool CredentialKeeper::Expired() const {
  return current_.expiry && system_clock::now() >= *current_.expiry;
}

Credentials CredentialKeeper::Get() {
  std::unique_lock lock(mutex_);
  if (Expired()) loading_.AwaitEnd(lock);
  if (!Expired()) return current_;
  // Otherwise all launches of a run would load in vain, one after another.
  if (failure_ && std::chrono::steady_clock::now() - failed_at_ < kFailureHolds)
    std::rethrow_exception(failure_);
  LoadNew(lock, {});
  return current_;
}

void CredentialKeeper::LoadNew(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  std::optional<Credentials> fresh;
  try {
    loading_.Run(lock, [&] {
      InThread([&] { fresh = load_(stop); });  // it may run a process
    });
  } catch (const std::exception&) {
    failure_ = std::current_exception();
    failed_at_ = std::chrono::steady_clock::now();
    throw;
  }
  failure_ = nullptr;
  current_ = std::move(*fresh);
  loaded_ = system_clock::now();
}

void CredentialKeeper::Refresh(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  bool failed = false;
  while (!stop.stop_requested()) {
    system_clock::duration wait = kRetry;
    if (current_.expiry) {
      const system_clock::duration life = *current_.expiry - loaded_;
      const auto due = *current_.expiry - std::min<system_clock::duration>(kMargin, life / 2);
      const auto left = *current_.expiry - system_clock::now();
      wait =
          failed ? std::min<system_clock::duration>(kRetry, left / 2) : due - system_clock::now();
    } else if (!failed) {
      return;  // the latest credentials do not expire
    }
    wait = std::max<system_clock::duration>(wait, kShortestWait);
    changed_.wait_for(lock, stop, wait, [] { return false; });
    if (stop.stop_requested()) return;
    loading_.AwaitEnd(lock);
    try {
      LoadNew(lock, stop);
      failed = false;
    } catch (const std::exception&) {
      failed = true;  // Get() reports the error once the old credentials have expired
    }
  }
}

}  // namespace aws
