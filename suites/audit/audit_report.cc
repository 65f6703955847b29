#include "suites/audit/audit_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "aws/child_program.h"
#include "aws/printable.h"
#include "suites/command/shell_command.h"
#include "suites/command/wrap_text.h"

namespace suites {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kReportWidth = 80;
constexpr std::size_t kItemIndent = 4;
constexpr std::size_t kMostOfCommand = 160;  // bytes; a whole script may stand after sh -c
// More boots than this are in the JSON only.
constexpr std::size_t kMostShown = 20;

constexpr std::string_view kLegend =
    "Times count from when the cloud accepted the request. noticed: running by the first answer "
    "that showed it, tcp open by the first connection, ssh ready by the first login.";

constexpr std::string_view kBackgroundHint =
    "If its work goes on in the background, the audit missed it: the command must end with its "
    "work.";

std::string Paragraph(std::string_view text) { return Wrap(text, kReportWidth, 0) + "\n"; }

std::string Item(std::string_view text) {
  return "  " + Wrap(text, kReportWidth - kItemIndent, kItemIndent) + "\n";
}

std::string InMs(std::optional<double> time, std::string_view otherwise = "-") {
  return time ? fmt::format("{:.1f}", *time) : std::string(otherwise);
}

std::string Counted(int count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Once the instance has ended, what did not happen never will.
std::string EventRow(std::string_view name, const NoticedEvent& event, bool has_ended) {
  const std::string_view otherwise = has_ended ? "never" : "-";
  return fmt::format("  {:<22}{:>12}{:>12}{:>12}\n", name, InMs(event.happened, otherwise),
                     InMs(event.noticed, otherwise), InMs(event.late()));
}

std::string PollsOf(const BootAudit& boot) {
  if (boot.polls == 0) return "no describe call asked about it";
  std::string text = boot.running.noticed ? fmt::format("{} until it was seen running",
                                                        Counted(boot.polls, "describe call"))
                                          : fmt::format("{}, none of which showed it running",
                                                        Counted(boot.polls, "describe call"));
  if (boot.median_poll_gap) {
    text += fmt::format("; {:.1f} ms apart (median), {:.1f} ms at most", *boot.median_poll_gap,
                        *boot.longest_poll_gap);
  }
  return text;
}

std::string BootText(const BootAudit& boot) {
  std::string text =
      fmt::format("\n{:<24}{:>12}{:>12}{:>12}{}\n", boot.instance_id + " (ms)", "happened",
                  "noticed", "late", boot.kind == "start" ? "  (started again)" : "");
  text += EventRow("running", boot.running, boot.has_ended);
  text += EventRow("tcp open", boot.tcp_open, boot.has_ended);
  text += EventRow("ssh ready", boot.ssh_ready, boot.has_ended);
  text += Item(PollsOf(boot));
  if (boot.running_resolution) {
    const auto late = boot.running.late();
    text += Item(fmt::format(
        "resolution of running: {:.1f} ms; with these polls it could have been noticed up to that "
        "late{}",
        *boot.running_resolution, late ? fmt::format(" (this time: {:.1f} ms)", *late) : ""));
  }
  std::string ssh = fmt::format("{} to the SSH port, {}", Counted(boot.connections, "connection"),
                                Counted(boot.logins, "login"));
  if (boot.first_command)
    ssh += fmt::format("; first command answered after {:.1f} ms", *boot.first_command);
  return text + Item(ssh);
}

// "7 (DescribeInstances 6, RunInstances 1)"
std::string CountsText(int total, const std::map<std::string, int>& counts) {
  std::string list;
  for (const auto& [name, count] : counts)
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", name, count);
  return list.empty() ? "none" : fmt::format("{} ({})", total, list);
}

std::string CallsText(const Audit& audit) {
  std::string text =
      "\n" + Item("API calls: " + CountsText(audit.api_calls, audit.calls_by_action));
  if (audit.api_calls == 0) {
    text += Item(
        "the local cloud received no call. If the command launched something, it did so elsewhere: "
        "check your account. Does the command read AWS_ENDPOINT_URL? (audit --help)");
  }
  if (audit.oldest_calls_dropped) {
    text += Item(fmt::format(
        "the oldest calls are missing: the local cloud keeps the last {} calls", kMostCallsKept));
  }
  int refused = 0;
  for (const auto& [code, count] : audit.refusals_by_code) refused += count;
  text += Item("refused: " + CountsText(refused, audit.refusals_by_code));
  if (!audit.not_terminated.empty()) {
    text += Item(fmt::format("left behind: {}, gone with the local cloud",
                             Counted(static_cast<int>(audit.not_terminated.size()), "instance")));
  }
  return text;
}

std::string CommandText(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + ShellWord(word);
  text = aws::Printable(text);
  if (text.size() <= kMostOfCommand) return text;
  return text.substr(0, kMostOfCommand) + "...";
}

std::string EndText(const AuditedRun& run) {
  const std::string end = run.signal != 0 ? "was ended by " + aws::SignalName(run.signal)
                                          : fmt::format("ended with status {}", run.status);
  return fmt::format("The command {} after {:.1f} s.", end, run.duration_ms / 1000);
}

std::string SettingsText(const LocalCloudSettings& cloud) {
  return fmt::format("profile {}, time scale {}, seed {}", cloud.profile, cloud.time_scale,
                     cloud.seed);
}

ordered_json OrNull(std::optional<double> value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json EventJson(const NoticedEvent& event) {
  return {{"true_ms", OrNull(event.happened)},
          {"noticed_ms", OrNull(event.noticed)},
          {"late_ms", OrNull(event.late())}};
}

ordered_json BootJson(const BootAudit& boot) {
  ordered_json running = EventJson(boot.running);
  running["resolution_ms"] = OrNull(boot.running_resolution);
  running["action"] = boot.action.empty() ? ordered_json(nullptr) : ordered_json(boot.action);
  running["request_received_ms"] = OrNull(boot.request_received);
  running["answer_sent_ms"] = OrNull(boot.answer_sent);
  return {{"instance_id", boot.instance_id},
          {"region", boot.region},
          {"kind", boot.kind},
          {"running", running},
          {"tcp_open", EventJson(boot.tcp_open)},
          {"ssh_ready", EventJson(boot.ssh_ready)},
          {"first_command_ms", OrNull(boot.first_command)},
          {"polls", boot.polls},
          {"poll_gap_median_ms", OrNull(boot.median_poll_gap)},
          {"poll_gap_max_ms", OrNull(boot.longest_poll_gap)},
          {"connections", boot.connections},
          {"logins", boot.logins}};
}

}  // namespace

std::string AuditText(const Audit& audit, const AuditedRun& run) {
  std::string text = "\n" + Paragraph("Audit of: " + CommandText(run.command));
  text += Paragraph(EndText(run));
  text += Paragraph("MODELLED: the machines' latencies come from a profile (" +
                    SettingsText(run.cloud) +
                    "). The delays of the command are its own; the rest says nothing about AWS.");
  if (audit.boots.empty()) text += "\nThe command launched no instance.\n" + Item(kBackgroundHint);
  const std::size_t shown = std::min(audit.boots.size(), kMostShown);
  for (std::size_t i = 0; i < shown; ++i) text += BootText(audit.boots[i]);
  if (shown < audit.boots.size()) {
    text += "\n" + Paragraph(fmt::format("... and {} more; --benchmark_out=FILE writes all of them",
                                         audit.boots.size() - shown));
  }
  text += CallsText(audit);
  if (!audit.boots.empty()) text += "\n" + Paragraph(kLegend);
  return text;
}

std::string AuditJson(const Audit& audit, const AuditedRun& run) {
  ordered_json boots = ordered_json::array();
  for (const BootAudit& boot : audit.boots) boots.push_back(BootJson(boot));
  const ordered_json report = {
      {"command", run.command},
      {"status", run.status},
      {"signal", run.signal != 0 ? ordered_json(run.signal) : ordered_json(nullptr)},
      {"duration_ms", run.duration_ms},
      {"modelled", true},
      {"profile", run.cloud.profile},
      {"time_scale", run.cloud.time_scale},
      {"seed", run.cloud.seed},
      {"boots", boots},
      {"not_terminated", audit.not_terminated},
      {"api_calls", audit.api_calls},
      {"calls_by_action", audit.calls_by_action},
      {"refusals_by_code", audit.refusals_by_code},
      {"oldest_calls_dropped", audit.oldest_calls_dropped}};
  return report.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace suites
