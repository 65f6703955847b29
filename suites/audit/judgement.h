// Judges a command by the record of the cloud that it used.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "suites/audit/cloud_record.h"

namespace suites {

// Times are milliseconds since the cloud accepted the request for the boot. What did not happen is
// unset.
struct NoticedEvent {
  std::optional<double> happened;
  std::optional<double> noticed;

  // How late the command noticed it.
  std::optional<double> late() const {
    return happened && noticed ? std::optional(*noticed - *happened) : std::nullopt;
  }
};

// One launch or start of an instance.
struct BootAudit {
  std::string instance_id;
  std::string region;
  std::string kind;  // "launch" or "start"
  // Noticed when the first answer that showed it reached the command, half a round trip after the
  // cloud had sent it.
  NoticedEvent running;
  NoticedEvent tcp_open;   // noticed by the command's first connection
  NoticedEvent ssh_ready;  // noticed by its first login
  std::optional<double> first_command;
  bool has_ended = false;  // it was terminated

  // The answer that first showed "running".
  std::string action;                      // "DescribeInstances"
  std::optional<double> request_received;  // by the cloud
  std::optional<double> answer_sent;       // by the cloud
  // From when the command sent the last describe whose answer did not show "running" (if there was
  // none, the request for the boot) until the first answer that did reached it. Nothing that the
  // command saw tells when in this time the instance began to run.
  std::optional<double> running_resolution;
  // Describe calls that asked about the instance, up to the first that showed "running".
  int polls = 0;
  // Between the arrivals of these at the cloud; unset if there were fewer than two.
  std::optional<double> median_poll_gap;
  std::optional<double> longest_poll_gap;

  int connections = 0;  // to the SSH port
  int logins = 0;
};

struct Audit {
  std::vector<BootAudit> boots;
  std::vector<std::string> not_terminated;  // instances that the command left behind
  int api_calls = 0;
  std::map<std::string, int> calls_by_action;  // "unknown" if a refused request did not tell
  std::map<std::string, int> refusals_by_code;
  // The cloud dropped calls of the command, its oldest. The three counts above lack them.
  bool oldest_calls_dropped = false;
};

// Considers only what was requested at `since` (nanoseconds of CLOCK_MONOTONIC) or later.
// `round_trips` are in milliseconds, by region.
Audit Judge(const CloudRecord& record, std::int64_t since,
            const std::map<std::string, double>& round_trips);

}  // namespace suites
