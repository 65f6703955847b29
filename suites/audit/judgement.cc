#include "suites/audit/judgement.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace suites {
namespace {

constexpr double kNanosecondsInMs = 1e6;

std::optional<std::int64_t> TimeOf(const BootRecord& boot, const std::string& event) {
  const auto found = boot.events.find(event);
  return found != boot.events.end() ? std::optional(found->second) : std::nullopt;
}

// The times of one boot, in milliseconds since it was accepted.
class SinceAccepted {
 public:
  explicit SinceAccepted(const BootRecord& boot)
      : boot_(boot), accepted_(TimeOf(boot, "accepted").value_or(0)) {}

  double At(std::int64_t time) const {
    return static_cast<double>(time - accepted_) / kNanosecondsInMs;
  }
  std::optional<double> Of(const std::string& event) const {
    const auto time = TimeOf(boot_, event);
    return time ? std::optional(At(*time)) : std::nullopt;
  }

 private:
  const BootRecord& boot_;
  const std::int64_t accepted_;
};

double MedianOf(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void JudgePolls(const BootRecord& boot, BootAudit* audit) {
  audit->polls = static_cast<int>(boot.answers.size());
  std::vector<std::int64_t> arrivals;
  for (const DescribeAnswer& answer : boot.answers) arrivals.push_back(answer.received);
  std::ranges::sort(arrivals);  // a later request may be answered first
  std::vector<double> gaps;
  for (std::size_t i = 1; i < arrivals.size(); ++i)
    gaps.push_back(static_cast<double>(arrivals[i] - arrivals[i - 1]) / kNanosecondsInMs);
  if (gaps.empty()) return;
  audit->longest_poll_gap = std::ranges::max(gaps);
  audit->median_poll_gap = MedianOf(std::move(gaps));
}

void JudgeRunning(const BootRecord& boot, double one_way, BootAudit* audit) {
  const SinceAccepted since(boot);
  audit->running.happened = since.Of("running");
  const auto first = std::ranges::find(boot.answers, "running", &DescribeAnswer::state);
  if (first == boot.answers.end()) return;
  audit->action = first->action;
  audit->request_received = since.At(first->received);
  audit->answer_sent = since.At(first->sent);
  audit->running.noticed = since.At(first->sent) + one_way;
  std::int64_t last_without = TimeOf(boot, "requested").value_or(0);
  for (const DescribeAnswer& answer : boot.answers) {
    if (answer.state != "running") last_without = std::max(last_without, answer.received);
  }
  audit->running_resolution = *audit->running.noticed - (since.At(last_without) - one_way);
}

BootAudit JudgeBoot(const BootRecord& boot, double round_trip) {
  BootAudit audit;
  audit.instance_id = boot.instance_id;
  audit.region = boot.region;
  audit.kind = boot.kind;
  const SinceAccepted since(boot);
  JudgeRunning(boot, round_trip / 2, &audit);
  JudgePolls(boot, &audit);
  audit.tcp_open = {since.Of("tcp_open"), since.Of("first_connection")};
  audit.ssh_ready = {since.Of("ssh_ready"), since.Of("first_login")};
  audit.first_command = since.Of("first_command");
  audit.has_ended = boot.events.contains("shutting_down");
  audit.connections = boot.connections;
  audit.logins = boot.logins;
  return audit;
}

}  // namespace

Audit Judge(const CloudRecord& record, std::int64_t since,
            const std::map<std::string, double>& round_trips) {
  Audit audit;
  std::map<std::string, bool> left;  // by instance; its last boot decides
  for (const BootRecord& boot : record.boots) {
    if (TimeOf(boot, "requested").value_or(0) < since) continue;
    left[boot.instance_id] = !boot.events.contains("shutting_down");
    if (boot.kind == "reboot") continue;  // it stays in the state "running"
    const auto round_trip = round_trips.find(boot.region);
    audit.boots.push_back(
        JudgeBoot(boot, round_trip != round_trips.end() ? round_trip->second : 0));
  }
  for (const auto& [instance_id, is_left] : left) {
    if (is_left) audit.not_terminated.push_back(instance_id);
  }
  audit.oldest_calls_dropped = record.calls.size() >= kMostCallsKept;
  for (const ApiCall& call : record.calls) {
    if (call.received < since) {
      audit.oldest_calls_dropped = false;  // older calls than the command's are still there
      continue;
    }
    ++audit.api_calls;
    ++audit.calls_by_action[call.action.empty() ? "unknown" : call.action];
    if (!call.error.empty()) ++audit.refusals_by_code[call.error];
  }
  return audit;
}

}  // namespace suites
