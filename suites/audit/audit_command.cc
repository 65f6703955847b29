#include "suites/audit/audit_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "fixtures/process/temporary_directory.h"
#include "suites/audit/audit_report.h"
#include "suites/audit/audited_account.h"
#include "suites/audit/audited_command.h"
#include "suites/audit/cloud_record.h"
#include "suites/audit/judgement.h"
#include "suites/command/help_text.h"
#include "suites/report/message.h"
#include "suites/run/exit_status.h"
#include "suites/run/local_cloud_info.h"
#include "suites/run/local_cloud_process.h"
#include "suites/run/result_file.h"

namespace suites {
namespace {

using AuditClock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as in the cloud's record

// The record of a large command has tens of megabytes.
constexpr std::chrono::seconds kRecordPatience{60};

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

// Returns false if standard error did not take everything.
bool PrintReport(const std::string& text) {
  std::clearerr(stderr);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) Say(line);
  return std::ferror(stderr) == 0;
}

// The file of --benchmark_out; it is not left behind empty.
class ReportFile {
 public:
  explicit ReportFile(std::string path) : path_(std::move(path)) {
    if (!path_.empty()) RequireWritable(path_, "--benchmark_out");
  }
  ~ReportFile() { RemoveIfEmpty(path_); }
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;

 private:
  const std::string path_;
};

// Not stopped by an interrupt: the report follows it. Throws std::runtime_error.
std::string FetchRecord(const std::string& url) {
  try {
    return FetchFromLocalCloud(url, "/_localcloud/truth", kRecordPatience, {});
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        fmt::format("there is no report: cannot fetch the local cloud's record: {}", error.what()));
  }
}

// Throws std::runtime_error if there can be no report, or if it cannot be written.
void ReportAudit(const AuditLine& line, const LocalCloudProcess& cloud,
                 AuditClock::time_point began, const AuditedRun& run) {
  const std::string& url = cloud.endpoint_url();
  const CloudRecord record = ReadCloudRecord(FetchRecord(url));
  const auto info = AskLocalCloud(url, {});
  if (!info) throw std::runtime_error("there is no report: the local cloud is gone");
  const std::chrono::nanoseconds since = began.time_since_epoch();
  const Audit audit = Judge(record, since.count(), info->rtt_ms);
  const bool printed = PrintReport(AuditText(audit, run));
  if (!line.out.empty()) WriteResultFile(line.out, AuditJson(audit, run));
  if (!printed) throw std::runtime_error("cannot write the report to standard error");
}

int RunAgainst(const LocalCloudProcess& cloud, const AuditLine& line,
               const std::filesystem::path& directory, Interrupt* interrupt) {
  const auto environment =
      AuditedEnvironment(OwnEnvironment(), PrepareAccount(cloud, directory, interrupt->token()));
  const AuditClock::time_point began = AuditClock::now();
  const CommandEnd end = RunAudited(line.command, environment, interrupt);
  AuditedRun run;
  run.command = line.command;
  run.cloud = line.local;
  run.status = end.status;
  run.signal = end.signal;
  run.duration_ms = std::chrono::duration<double, std::milli>(AuditClock::now() - began).count();
  try {
    ReportAudit(line, cloud, began, run);
  } catch (const std::exception& error) {
    Say(fmt::format("launch_bench: {}", error.what()));
    return end.status == 0 ? kSomeFailed : end.status;
  }
  return end.status;
}

}  // namespace

int RunAudit(const AuditLine& line, Interrupt* interrupt) {
  if (line.show_help) {
    std::cout << AuditHelpText();
    return kAllMeasured;
  }
  const ReportFile file(line.out);
  try {
    RequireProgram(line.command.front());
    const fixtures::TemporaryDirectory directory("audit");
    interrupt->OnSecond([path = directory.path(), out = line.out] {
      RemoveIfEmpty(out);
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
      Say("launch_bench: interrupted twice: the command was killed if it still ran; no report");
    });
    LocalCloudProcess cloud(line.local);
    cloud.OnDeath([] {});
    return RunAgainst(cloud, line, directory.path(), interrupt);
  } catch (const CommandNotRun& error) {
    Say(fmt::format("launch_bench: {}", error.what()));
    return error.status();
  } catch (const std::exception&) {
    if (!interrupt->requested()) throw;
    Say("launch_bench: interrupted before the command started");
    return kInterrupted;
  }
}

}  // namespace suites
