// Deliberate faults, so that clients can be tested against failures: a JSON file lists them.
// docs/localcloud.md describes all kinds.
//
//   [{"action": "RunInstances", "error": "UnauthorizedOperation", "message": "...",
//     "http_status": 403, "skip": 0, "times": 1},
//    {"fault": "throttle", "action": "Describe*", "burst": 5, "per_second": 2},
//    {"fault": "sshd_reset", "times": 2}, ...]
//
// The first `skip` events pass, and the fault affects the next `times` ones (default: all). Faults
// of calls count calls of the action, faults of launches count launches, and faults of sshd count
// the connections of each boot. If several entries name an action, each counts all of its calls.
// Times are real milliseconds, never scaled.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/http/api_error.h"
#include "localcloud/loop/token_bucket.h"
#include "localcloud/machine/machine.h"

namespace localcloud {

// What happens to one call. The call is carried out, unless `error` is set.
struct CallFault {
  enum class Damage {
    kNone,
    kTruncated,  // a complete answer with half a document
    kReset,      // half an answer, then a connection reset
    kLost,       // the connection ends without an answer
  };
  std::optional<ApiError> error;
  std::chrono::milliseconds delay{};  // before the answer
  Damage damage = Damage::kNone;
};

// EC2's error for a call whose token bucket is empty.
ApiError TooManyRequests();

// What happens to one launch. Times that are not set do nothing.
struct LaunchFault {
  using Time = std::optional<std::chrono::milliseconds>;
  // From running until a spot instance's interruption notice; it is terminated 2 min later.
  Time interrupted_after;
  // From the launch until the instance goes to shutting-down, as after a host failure.
  Time shut_down_after;
  // From the launch; until then another machine still answers at the address.
  Time previous_answers_for;
};

// Use from the event loop's thread only.
class FaultPlan {
 public:
  FaultPlan() = default;
  // `actions` lists the names of all calls that the cloud answers. Both functions throw
  // std::runtime_error with one line: the file, the entry and the mistake.
  static FaultPlan Load(const std::string& path, const std::vector<std::string>& actions);
  static FaultPlan Parse(const std::string& json_text, const std::string& origin,
                         const std::vector<std::string>& actions);

  // Counts one call of `action`, made at `now`, and returns what happens to it.
  CallFault NextCall(std::string_view action, Clock::time_point now = Clock::now());
  // Counts one launch and returns what happens to it. Interruptions count and affect only spot
  // instances.
  LaunchFault NextLaunch(bool spot);

  // How many faults have taken effect so far.
  std::uint64_t hits() const { return *hits_; }
  void Hit() { ++*hits_; }

  const std::vector<SshdFault>& sshd() const { return sshd_; }
  // How far this cloud's clock is ahead of the host's.
  std::chrono::milliseconds clock_skew() const { return clock_skew_; }
  // hidden(): how long a new instance is not found. stale(): how long a describe still shows the
  // previous state.
  std::chrono::milliseconds hidden() const { return hidden_; }
  std::chrono::milliseconds stale() const { return stale_; }

 private:
  struct Fault {
    std::string kind;
    std::string action;  // may contain '*' for any text
    std::string error;
    std::string message;
    int http_status = 400;
    std::int64_t skip = 0;
    std::int64_t times = 0;
    std::int64_t seen = 0;  // so far
    std::chrono::milliseconds time{};
    std::optional<TokenBucket> bucket{};  // for "throttle" only
  };
  bool Counts(Fault* fault);

  std::shared_ptr<std::uint64_t> hits_ = std::make_shared<std::uint64_t>(0);
  std::vector<Fault> calls_;
  std::vector<Fault> launches_;
  std::vector<SshdFault> sshd_;
  std::chrono::milliseconds clock_skew_{};
  std::chrono::milliseconds hidden_{};
  std::chrono::milliseconds stale_{};
};

}  // namespace localcloud
