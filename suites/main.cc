// launch_bench: prints, cleans up, audits or measures, as the command line asks.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "suites/audit/audit_command.h"
#include "suites/command/audit_line.h"
#include "suites/command/command_line.h"
#include "suites/command/help_text.h"
#include "suites/print_fleet_plan.h"
#include "suites/print_iam_policy.h"
#include "suites/private_network.h"
#include "suites/report/error_hints.h"
#include "suites/report/message.h"
#include "suites/run/cleanup_command.h"
#include "suites/run/dry_run.h"
#include "suites/run/exit_status.h"
#include "suites/run/interrupt.h"
#include "suites/run/launch_run.h"
#include "suites/run/run_context.h"
#include "suites/select_benchmarks.h"

namespace {

using suites::CommandLine;

// Prints what a flag asks for instead of a run. Returns false if none does.
bool Print(const CommandLine& line) {
  if (line.show_help) {
    std::cout << suites::HelpText();
  } else if (line.show_version) {
    suites::PrintLine(std::cout, "launch_bench " + suites::VersionText());
  } else if (line.print_iam_policy) {
    suites::PrintIamPolicy(line);
  } else if (!line.print_fleet_plan.empty()) {
    suites::PrintFleetPlan(line);
  } else {
    return false;
  }
  return true;
}

int Main(const std::vector<std::string>& arguments, suites::Interrupt* interrupt) {
  if (suites::IsAudit(arguments))
    return suites::RunAudit(suites::ParseAuditLine(arguments), interrupt);
  const CommandLine line = suites::ParseCommandLine(arguments);
  if (Print(line)) return suites::kAllMeasured;
  const bool uses_cloud = line.dry_run || !line.list_tests;
  const bool is_cleanup = line.cleanup != CommandLine::Cleanup::kNo;
  if (line.starts_virtual_machines() && uses_cloud && !is_cleanup && line.interleave.empty())
    suites::EnterPrivateNetwork(line, interrupt);
  if (line.dry_run && line.interleave.empty())
    return suites::RunDryRun(line, suites::Select(line).fixtures(), interrupt);
  if (is_cleanup) return suites::RunCleanup(line, interrupt);
  if (line.list_tests) {
    for (const std::string& name : suites::ListBenchmarks(line)) suites::PrintLine(std::cout, name);
    return suites::kAllMeasured;
  }
  std::vector<suites::Selection> selections;
  if (line.interleave.empty()) {
    selections.push_back(suites::Select(line));
  } else {
    const auto lines = suites::ParseInterleaved(arguments);
    selections.push_back(suites::Select(lines.at(0), "A"));
    selections.push_back(suites::Select(lines.at(1), "B"));
  }
  return suites::RunLaunches(std::move(selections), interrupt);
}

// If the caller closed a standard stream, the next file that is opened would take its number, and
// messages would go into the samples. So closed streams are replaced; writing to /dev/full fails as
// it would on a closed stream.
void OpenStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open(fd == STDIN_FILENO ? "/dev/null" : "/dev/full", O_RDWR);
  }
}

// Returns true if standard output took everything, or if it is a pipe that the reader has closed,
// as head(1) does.
bool OutputIsWritten() {
  std::cout.flush();
  std::fflush(stdout);
  if (std::ferror(stdout) == 0) return true;
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

int Run(const std::vector<std::string>& arguments, suites::Interrupt* interrupt) {
  const int status = Main(arguments, interrupt);
  if (OutputIsWritten()) return status;
  std::fputs("launch_bench: cannot write to standard output: the output is not complete\n", stderr);
  return status == suites::kAllMeasured ? suites::kSomeFailed : status;
}

}  // namespace

int main(int argc, char** argv) {
  OpenStandardStreams();
  // If stdout and stderr go to the same log, their lines must not cut into each other.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  suites::Interrupt interrupt;
  try {
    return Run({argv, argv + argc}, &interrupt);
  } catch (const std::exception& error) {
    const char* when = interrupt.requested() ? "interrupted before the first launch: " : "";
    const std::string hint = suites::HintFor(error.what());
    if (*error.what() != '\0') {
      suites::Say(
          fmt::format("launch_bench: {}{}{}", when, error.what(), hint.empty() ? "" : "; " + hint));
    }
    return interrupt.requested() ? suites::kInterrupted : suites::kBadSetUp;
  }
}
