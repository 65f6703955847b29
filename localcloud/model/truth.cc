#include "localcloud/model/truth.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

namespace localcloud {
namespace {

std::int64_t Nanoseconds(Clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

}  // namespace

void BootTruth::Mark(const std::string& event, Clock::time_point at) {
  const bool known = std::any_of(events_.begin(), events_.end(),
                                 [&](const auto& entry) { return entry.first == event; });
  if (!known) events_.emplace_back(event, at);
}

void BootTruth::CountConnection(Clock::time_point at) {
  ++connections_;
  Mark("first_connection", at);
}

void BootTruth::CountLogin(Clock::time_point at) {
  ++logins_;
  Mark("first_login", at);
}

void BootTruth::AddAnswer(const StateAnswer& answer) {
  if (!awaits_answers()) return;
  if (answers_.size() == kMaxAnswers) answers_.pop_front();
  answers_.push_back(answer);
  shown_running_ = std::string_view(answer.state) == "running";
}

std::shared_ptr<BootTruth> Truth::AddBoot(const std::string& kind, const std::string& instance_id,
                                          const std::string& region) {
  boots_.push_back(std::make_shared<BootTruth>(kind, instance_id, region));
  return boots_.back();
}

void Truth::AddSession(const std::string& instance_id, const MachineObserver::Session& session) {
  sessions_.push_back({instance_id, session});
}

void Truth::AddCall(const std::string& action, const std::string& region,
                    Clock::time_point received, Clock::time_point sent, const std::string& error) {
  if (calls_.size() == kMaxCalls) calls_.pop_front();
  calls_.push_back({action, region, received, sent, error});
}

std::string Truth::Json() const {
  auto array = nlohmann::ordered_json::array();
  for (const auto& boot : boots_) {
    auto events = nlohmann::ordered_json::object();
    for (const auto& [name, at] : boot->events()) events[name] = Nanoseconds(at);
    auto answers = nlohmann::ordered_json::array();
    for (const StateAnswer& answer : boot->answers()) {
      answers.push_back({{"action", answer.action},
                         {"received", Nanoseconds(answer.received)},
                         {"sent", Nanoseconds(answer.sent)},
                         {"state", answer.state}});
    }
    array.push_back({{"kind", boot->kind()},
                     {"instance_id", boot->instance_id()},
                     {"region", boot->region()},
                     {"events", events},
                     {"connections", boot->connections()},
                     {"logins", boot->logins()},
                     {"answers", answers}});
  }
  for (const auto& [instance_id, session] : sessions_) {
    array.push_back({{"kind", "session"},
                     {"instance_id", instance_id},
                     {"key_fingerprint", session.key_fingerprint},
                     {"accepted", Nanoseconds(session.accepted)},
                     {"auth_ok", Nanoseconds(session.auth_ok)},
                     {"command_done", Nanoseconds(session.command_done)}});
  }
  for (const auto& call : calls_) {
    array.push_back({{"kind", "call"},
                     {"action", call.action},
                     {"region", call.region},
                     {"received", Nanoseconds(call.received)},
                     {"sent", Nanoseconds(call.sent)}});
    if (!call.error.empty()) array.back()["error"] = call.error;
  }
  // A client may have sent what is not UTF-8.
  return array.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace localcloud
