// What really happened and when, for tests and for checking an instrument: served as GET
// /_localcloud/truth.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "localcloud/machine/machine.h"

namespace localcloud {

// One launch, start or reboot. Events keep the order in which they happened first.
class BootTruth {
 public:
  BootTruth(std::string kind, std::string instance_id)
      : kind_(std::move(kind)), instance_id_(std::move(instance_id)) {}

  // Only the first time counts: "first_login" may be told at every login.
  void Mark(const std::string& event, Clock::time_point at);

  const std::string& kind() const { return kind_; }
  const std::string& instance_id() const { return instance_id_; }
  const std::vector<std::pair<std::string, Clock::time_point>>& events() const { return events_; }

 private:
  std::string kind_;  // "launch", "start", "reboot"
  std::string instance_id_;
  std::vector<std::pair<std::string, Clock::time_point>> events_;
};

// From the event loop's thread only.
class Truth {
 public:
  std::shared_ptr<BootTruth> AddBoot(const std::string& kind, const std::string& instance_id);
  void AddSession(const std::string& instance_id, const MachineObserver::Session& session);
  // `received`: the request was there; `sent`: its answer was. Half a round trip lies outside on
  // either end.
  void AddCall(const std::string& action, const std::string& region, Clock::time_point received,
               Clock::time_point sent);

  // The array of docs/reference.md: CLOCK_MONOTONIC nanoseconds.
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
  // Boots and sessions are few. Of the calls the last kMaxCalls are kept: a server may run for
  // weeks.
  static constexpr std::size_t kMaxCalls = 200'000;

  std::vector<std::shared_ptr<BootTruth>> boots_;
  std::vector<SessionRecord> sessions_;
  std::deque<CallRecord> calls_;
};

}  // namespace localcloud
