// What goes wrong on purpose: a JSON file of faults, so that clients can be tested against
// failures. docs/localcloud.md lists them all.
//
//   [{"action": "RunInstances", "error": "UnauthorizedOperation", "message": "...", "http_status":
//   403, "skip": 0, "times": 1},
//    {"fault": "throttle", "action": "Describe*", "burst": 5, "per_second": 2},
//    {"fault": "sshd_reset", "times": 2}, ...]
//
// `skip` lets the first ones through, `times` (default: all) is how many of the next ones are hit.
// They count calls of the action for faults of calls, launches for faults of launches, and the
// connections of each boot for faults of sshd. Where several entries name an action, each counts
// all of its calls. Times are milliseconds as they pass, never scaled.
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

// What happens to one call. It is carried out all the same, unless it has an error.
struct CallFault {
  enum class Damage {
    kNone,
    kTruncated,  // a whole answer with half a document
    kReset,      // half an answer, then the connection is reset
    kLost,       // the connection ends without an answer
  };
  std::optional<ApiError> error;
  std::chrono::milliseconds delay{};  // before the answer
  Damage damage = Damage::kNone;
};

// EC2's answer to a call that finds its bucket empty.
ApiError TooManyRequests();

// What happens to one launch; nothing where a time is not set.
struct LaunchFault {
  using Time = std::optional<std::chrono::milliseconds>;
  Time interrupted_after;  // a spot instance's notice, from running on; the end comes 2 min later
  Time shut_down_after;    // from the launch: shutting-down, as for a host that fails
  Time previous_answers_for;  // from the launch: another machine has the address still
};

// From the event loop's thread only.
class FaultPlan {
 public:
  FaultPlan() = default;
  // `actions`: the names of all calls that the cloud answers. Both throw std::runtime_error with
  // one line: which file, which entry, what is wrong.
  static FaultPlan Load(const std::string& path, const std::vector<std::string>& actions);
  static FaultPlan Parse(const std::string& json_text, const std::string& origin,
                         const std::vector<std::string>& actions);

  // Counts one call of `action`, at `now`.
  CallFault NextCall(std::string_view action, Clock::time_point now = Clock::now());
  // Counts one launch. Spot instances alone are interrupted, and counted for that.
  LaunchFault NextLaunch(bool spot);

  // How often anything went wrong on purpose so far.
  std::uint64_t hits() const { return *hits_; }
  void Hit() { ++*hits_; }

  const std::vector<SshdFault>& sshd() const { return sshd_; }
  // How far this cloud's clock is ahead of the host's.
  std::chrono::milliseconds clock_skew() const { return clock_skew_; }
  // For how long a new instance is not found, and a describe shows the state before the present
  // one.
  std::chrono::milliseconds hidden() const { return hidden_; }
  std::chrono::milliseconds stale() const { return stale_; }

 private:
  struct Fault {
    std::string kind;
    std::string action;  // '*' stands for any text
    std::string error;
    std::string message;
    int http_status = 400;
    std::int64_t skip = 0;
    std::int64_t times = 0;
    std::int64_t seen = 0;  // so far
    std::chrono::milliseconds time{};
    std::optional<TokenBucket> bucket{};  // of throttle
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
