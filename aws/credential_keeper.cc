#include <algorithm>
#include <utility>

#include "aws/credentials.h"

namespace aws {
namespace {

using std::chrono::system_clock;

// The wait after a load that failed.
constexpr std::chrono::seconds kRetry{10};
constexpr std::chrono::milliseconds kShortestWait{100};

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
  {
    const std::lock_guard lock(mutex_);
    if (!Expired()) return current_;
  }
  const std::lock_guard loading(loading_);
  {
    const std::lock_guard lock(mutex_);
    if (!Expired()) return current_;  // another thread has just loaded them
  }
  Credentials fresh = load_({});
  const std::lock_guard lock(mutex_);
  current_ = std::move(fresh);
  loaded_ = system_clock::now();
  return current_;
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
    lock.unlock();
    try {
      const std::lock_guard loading(loading_);
      Credentials fresh = load_(stop);
      lock.lock();
      current_ = std::move(fresh);
      loaded_ = system_clock::now();
      failed = false;
    } catch (const std::exception&) {
      if (!lock.owns_lock()) lock.lock();
      failed = true;  // Get() reports the error once the old credentials have expired
    }
  }
}

}  // namespace aws
