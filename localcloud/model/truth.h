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

// One launch, start or reboot. Events are in the order in which they first happened.
class BootTruth {
 public:
  BootTruth(std::string kind, std::string instance_id)
      : kind_(std::move(kind)), instance_id_(std::move(instance_id)) {}

  // Records only the first time of an event: "first_login" may be reported at every login.
  void Mark(const std::string& event, Clock::time_point at);

  const std::string& kind() const { return kind_; }
  const std::string& instance_id() const { return instance_id_; }
  const std::vector<std::pair<std::string, Clock::time_point>>& events() const { return events_; }

 private:
  std::string kind_;  // "launch", "start", "reboot"
  std::string instance_id_;
  std::vector<std::pair<std::string, Clock::time_point>> events_;
};

// Use from the event loop's thread only.
class Truth {
 public:
  std::shared_ptr<BootTruth> AddBoot(const std::string& kind, const std::string& instance_id);
  void AddSession(const std::string& instance_id, const MachineObserver::Session& session);
  // `received`: when the whole request had arrived. `sent`: when the answer was sent. Half a round
  // trip lies outside on each side.
  void AddCall(const std::string& action, const std::string& region, Clock::time_point received,
               Clock::time_point sent);

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
  };
  // Boots and sessions are few and all kept. Only the last kMaxCalls calls are kept, because a
  // server may run for weeks.
  static constexpr std::size_t kMaxCalls = 200'000;

  std::vector<std::shared_ptr<BootTruth>> boots_;
  std::vector<SessionRecord> sessions_;
  std::deque<CallRecord> calls_;
};

}  // namespace localcloud
