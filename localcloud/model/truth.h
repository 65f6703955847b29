// Records what really happened and when, so that tests can check an instrument against it. Served
// as GET /_localcloud/truth.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "localcloud/machine/machine.h"

namespace localcloud {

// The answer to a describe call that asked about an instance.
struct StateAnswer {
  const char* action = "";  // "DescribeInstances"; a literal
  // As in Truth::AddCall().
  Clock::time_point received{};
  Clock::time_point sent{};
  const char* state = "";  // "pending", "running", or "" if the answer did not show the instance
};

// One launch, start or reboot. Events are in the order in which they first happened.
class BootTruth {
 public:
  BootTruth(std::string kind, std::string instance_id, std::string region)
      : kind_(std::move(kind)), instance_id_(std::move(instance_id)), region_(std::move(region)) {}

  // Records only the first time of an event: "first_login" may be reported at every login.
  void Mark(const std::string& event, Clock::time_point at);
  // An accepted TCP connection to the SSH port, and a successful login. Both are counted, and the
  // first one is also an event.
  void CountConnection(Clock::time_point at);
  void CountLogin(Clock::time_point at);

  // Returns true until an answer has shown "running". A reboot never awaits answers: the instance
  // stays in that state.
  bool awaits_answers() const { return kind_ != "reboot" && !shown_running_; }
  // Does nothing unless awaits_answers().
  void AddAnswer(const StateAnswer& answer);

  const std::string& kind() const { return kind_; }
  const std::string& instance_id() const { return instance_id_; }
  const std::string& region() const { return region_; }
  const std::vector<std::pair<std::string, Clock::time_point>>& events() const { return events_; }
  const std::deque<StateAnswer>& answers() const { return answers_; }
  int connections() const { return connections_; }
  int logins() const { return logins_; }

 private:
  // Only the last answers are kept: somebody may poll for weeks with a filter that excludes the
  // instance.
  static constexpr std::size_t kMaxAnswers = 10'000;

  std::string kind_;  // "launch", "start", "reboot"
  std::string instance_id_;
  std::string region_;
  std::vector<std::pair<std::string, Clock::time_point>> events_;
  std::deque<StateAnswer> answers_;
  bool shown_running_ = false;
  int connections_ = 0;
  int logins_ = 0;
};

// Use from the event loop's thread only.
class Truth {
 public:
  std::shared_ptr<BootTruth> AddBoot(const std::string& kind, const std::string& instance_id,
                                     const std::string& region);
  void AddSession(const std::string& instance_id, const MachineObserver::Session& session);
  // `received`: when the whole request had arrived. `sent`: when the answer was sent. Half a round
  // trip lies outside on each side. `error`: the code with which the call was refused; empty if it
  // was not. `action` and `region` are empty if the request was refused and they are not known.
  void AddCall(const std::string& action, const std::string& region, Clock::time_point received,
               Clock::time_point sent, const std::string& error);

  // Returns the JSON array that docs/reference.md describes. Times are CLOCK_MONOTONIC nanoseconds.
  std::string Json() const;

 private:
  struct SessionRecord {
    std::string instance_id;
    MachineObserver::Session session;
  };
  struct CallRecord {
    std::string action;
    std::string region;
    Clock::time_point received;
    Clock::time_point sent;
    std::string error;
  };
  // Boots and sessions are few and all kept. Only the last kMaxCalls calls are kept, because a
  // server may run for weeks.
  static constexpr std::size_t kMaxCalls = 200'000;

  std::vector<std::shared_ptr<BootTruth>> boots_;
  std::vector<SessionRecord> sessions_;
  std::deque<CallRecord> calls_;
};

}  // namespace localcloud
