#include "suites/run/unfinished_runs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdio>
#include <map>

#include "suites/command/shell_command.h"
#include "suites/report/message.h"

namespace suites {
namespace {

constexpr std::size_t kMostSkippedNamed = 10;

}  // namespace

std::vector<fixtures::JournalledRun> FindUnfinishedRuns() {
  std::vector<std::string> skipped;
  auto runs = fixtures::UnfinishedRuns(fixtures::JournalDirectory(), &skipped);
  for (std::size_t i = 0; i < skipped.size() && i < kMostSkippedNamed; ++i)
    Say("launch_bench: " + skipped[i]);
  if (skipped.size() > kMostSkippedNamed) {
    Say(fmt::format("launch_bench: {} more files there were skipped",
                    skipped.size() - kMostSkippedNamed));
  }
  std::erase_if(runs, [](const fixtures::JournalledRun& run) {
    // A run's own local cloud ended with it. If everything was removed, there is nothing to report.
    const bool nothing_left = run.resources.empty() && run.unanswered.empty();
    const bool own_cloud = run.header.cloud == "local" || run.header.cloud == "qemu";
    return (own_cloud || nothing_left) && unlink(run.path.c_str()) == 0;
  });
  return runs;
}

std::string CountByKind(const std::vector<fixtures::Resource>& resources) {
  std::map<std::string, int> kinds;
  for (const auto& resource : resources) ++kinds[resource.kind];
  std::string text;
  for (const auto& [kind, count] : kinds) {
    const char* plural = count == 1 ? "" : kind == "address" ? "es" : "s";
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", count, kind, plural);
  }
  return text;
}

std::string CleanupCommandLine(const std::string& endpoint_url,
                               const std::vector<std::string>& regions) {
  return fmt::format(
      "./launch_bench --cleanup {} {}",
      endpoint_url.empty() ? "--cloud=aws" : ShellWord("--endpoint_url=" + endpoint_url),
      ShellWord(fmt::format("--region={}", fmt::join(regions, ","))));
}

std::string DescribeUnfinished(const fixtures::JournalledRun& run) {
  std::string left = CountByKind(run.resources);
  if (const auto count = run.unanswered.size(); count > 0) {
    left += fmt::format("{}{} create call{} without an answer", left.empty() ? "" : ", ", count,
                        count == 1 ? "" : "s");
  }
  const bool aws = run.header.endpoint_url.empty();
  return fmt::format(
      "run {} ended without cleaning up and left {} ({}, {}); to terminate and remove all of it: {}"
      "{}",
      run.header.run_id, left, aws ? "AWS" : run.header.endpoint_url, fmt::join(run.regions, ", "),
      CleanupCommandLine(run.header.endpoint_url, run.regions),
      aws ? "" : fmt::format(" (or, if that cloud no longer exists, delete {})", run.path));
}

}  // namespace suites
