#include "suites/run/cleanup_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <vector>

#include "aws/s3.h"
#include "aws/sqs.h"
#include "aws/sts.h"
#include "fixtures/leftovers/cleanup.h"
#include "fixtures/leftovers/create_grace.h"
#include "fixtures/leftovers/found_runs.h"
#include "fixtures/leftovers/resource_kinds.h"
#include "fixtures/leftovers/run_identity.h"
#include "suites/report/message.h"
#include "suites/run/exit_status.h"
#include "suites/run/target.h"
#include "suites/run/unfinished_runs.h"

namespace suites {
namespace {

using fixtures::Clock;
using fixtures::FoundRun;
using fixtures::Resource;

class Cleanup {
 public:
  Cleanup(const CommandLine& line, const Target& target)
      : line_(line), target_(target), options_(target.options) {}

  int Run() {
    if (line_.cleanup == CommandLine::Cleanup::kAbandoned) CleanJournalled();
    for (const std::string& region : options_.regions) {
      OrNameTheRegion(region, [&] {
        aws::Ec2 ec2(target_.access.NewClient("ec2", region));
        line_.cleanup == CommandLine::Cleanup::kAll ? CleanAll(&ec2) : CleanAbandoned(&ec2);
      });
    }
    if (refused_) return 2;
    // Last, because CleanAll() has just removed what the journals describe.
    if (line_.cleanup == CommandLine::Cleanup::kAll) CleanJournalled();
    for (const std::string& region : options_.regions) NameWhatOnlyNamesTell(region);
    if (found_ == 0) PrintLine(std::cout, "nothing to remove");
    return left_ == 0 ? 0 : 1;
  }

 private:
  // If a region does not answer properly (disabled, or misspelt in a journal), the other regions
  // must still be cleaned up.
  template <typename Clean>
  void OrNameTheRegion(const std::string& region, const Clean& clean) {
    try {
      clean();
    } catch (const aws::Error& error) {
      if (options_.regions == std::vector<std::string>{region}) throw;  // there are no others
      ++left_;
      ++found_;
      Say(fmt::format("launch_bench: {} was not cleaned up: {}", region, error.what()));
    }
  }

  Clock::time_point Deadline() const { return Clock::now() + options_.cleanup_timeout; }

  // Tags do not show that a run in another container is alive. Its journal does, if the container
  // shares our state directory.
  bool IsAbandoned(const FoundRun& run) const {
    return !running_.contains(run.run_id) &&
           fixtures::IsAbandoned(run, std::chrono::system_clock::now());
  }

  // Cleans up runs with a journal. It names all regions of the run, and resources that EC2 may show
  // only later.
  void CleanJournalled() {
    const auto runs = FindUnfinishedRuns();
    const std::string account = runs.empty() ? "" : AccountOf(target_, options_.regions.front());
    for (const fixtures::JournalledRun& run : runs) {
      const bool elsewhere =
          run.header.endpoint_url != target_.access.endpoint_url ||
          (!run.header.account.empty() && !account.empty() && run.header.account != account);
      if (elsewhere) {
        Say(fmt::format("launch_bench: of another target: {}", DescribeUnfinished(run)));
        continue;
      }
      const int left_before = left_;
      for (const std::string& region : run.regions) {
        OrNameTheRegion(region, [&] {
          CleanRegionOf(run, region);
          CleanNamesOf(run, region);
        });
      }
      if (left_ == left_before) {
        unlink(run.path.c_str());
      } else {
        Say(fmt::format("launch_bench: {} is kept until nothing of run {} is left", run.path,
                        run.header.run_id));
      }
    }
  }

  void CleanRegionOf(const fixtures::JournalledRun& run, const std::string& region) {
    aws::Ec2 ec2(target_.access.NewClient("ec2", region));
    std::set<Resource> there;
    for (const FoundRun& found : fixtures::FindRuns(&ec2, Deadline()).runs) {
      if (found.run_id == run.header.run_id && found.owner == run.header.owner &&
          found.process == run.header.process)
        there.insert(found.resources.begin(), found.resources.end());
    }
    const auto since = std::chrono::system_clock::now() - run.last_event;
    const bool may_turn_up =
        std::ranges::any_of(run.unanswered, [&](const Resource& r) { return r.region == region; });
    fixtures::CleanupScope scope;
    scope.linger = may_turn_up ? std::max<Clock::duration>(fixtures::kUnansweredLinger - since, {})
                               : Clock::duration::zero();
    for (const fixtures::MadeResource& made : run.made) {
      if (made.resource.region == region && !gone_.contains(made.resource))
        scope.known.push_back(made);
    }
    scope.gone = [&](const Resource& gone, bool was_there) {
      fixtures::NoteRemoved(run, gone);
      if (was_there) there.insert(gone);
    };
    scope.tags = fixtures::RunTags(run.header.run_id, run.header.owner, run.header.process);
    scope.began = fixtures::RunStartOf(run.header.run_id);
    Remove(&ec2, "run " + run.header.run_id, there, std::move(scope));
    // Nobody knows the ids of unanswered create calls, so it is not known when EC2 shows all of
    // them.
    if (may_turn_up && since < fixtures::kVisibleWithin) {
      PrintLine(std::cout, fmt::format("run {} in {}: a create call was not answered, and EC2 may "
                                       "take minutes to show what it created; run --cleanup again "
                                       "in five minutes to be sure",
                                       run.header.run_id, region));
    }
  }

  void CleanAbandoned(aws::Ec2* ec2) {
    const fixtures::FoundByTags found = fixtures::FindRuns(ec2, Deadline());
    for (const FoundRun& run : found.runs) {
      if (!IsAbandoned(run)) {
        PrintLine(std::cout,
                  fmt::format("left alone: run {} of {}, until {} ({}){}", run.run_id, run.owner,
                              run.expires, CountByKind(run.resources),
                              run.disputed ? "; other things carry its id with other tags" : ""));
        ++found_;
        continue;
      }
      Remove(ec2, "run " + run.run_id, {run.resources.begin(), run.resources.end()},
             Everything(run));
    }
    NameUnclear(found.unclear);
  }

  // Each resource is printed once, even if a journal has named it already.
  void NameUnclear(const std::vector<fixtures::LeftBehind>& unclear) {
    for (const auto& [resource, reason] : unclear) {
      ++found_;
      PrintLine(std::cout, fmt::format("left alone: {} {} in {}: {}", resource.kind, resource.id,
                                       resource.region, reason));
    }
  }

  // Returns a scope that finds resources by the run's tags.
  fixtures::CleanupScope Everything(const FoundRun& run) {
    fixtures::CleanupScope scope;
    scope.tags = fixtures::RunTags(run.run_id, run.owner, run.process);
    scope.began = fixtures::RunStartOf(run.run_id);
    scope.gone = [this](const Resource& gone, bool /*was_there*/) { gone_.insert(gone); };
    return scope;
  }

  // Removes the buckets and queues that the run's journal names. Their names alone would prove
  // nothing.
  void CleanNamesOf(const fixtures::JournalledRun& run, const std::string& region) {
    std::vector<Resource> made;
    std::vector<std::string> unanswered;
    for (const Resource& resource : run.resources) {
      if (resource.region == region && fixtures::RunIdIn(resource.id) == run.header.run_id)
        made.push_back(resource);
    }
    for (const Resource& create : run.unanswered) {
      if (fixtures::IsNamedKind(create.kind) && create.region == region &&
          fixtures::RunIdIn(create.id) == run.header.run_id)
        unanswered.push_back(create.id);
    }
    const auto buckets = fixtures::NamesOf("bucket", made, unanswered);
    if (!buckets.empty()) {
      aws::S3 s3(target_.access.NewClient("s3", region));
      ReportNames("buckets", run, region, buckets,
                  fixtures::RemoveBuckets(&s3, buckets, Deadline()));
    }
    const auto queues = fixtures::NamesOf("queue", made, unanswered);
    if (!queues.empty()) {
      aws::Sqs sqs(target_.access.NewClient("sqs", region));
      ReportNames("queues", run, region, queues, fixtures::RemoveQueues(&sqs, queues, Deadline()));
    }
  }

  void ReportNames(const std::string& what, const fixtures::JournalledRun& run,
                   const std::string& region, const std::set<std::string>& names,
                   const std::vector<fixtures::LeftBehind>& left) {
    ++found_;
    gone_names_.insert(names.begin(), names.end());
    for (const auto& item : left) gone_names_.erase(item.resource.id);
    if (left.empty()) {
      PrintLine(std::cout, fmt::format("removed {} of run {} in {}: {}", what, run.header.run_id,
                                       region, fmt::join(names, ", ")));
    }
    Report(left);
  }

  void NameWhatOnlyNamesTell(const std::string& region) {
    aws::S3 s3(target_.access.NewClient("s3", region));
    NameRest("buckets", [&] { return fixtures::FindBuckets(&s3, Deadline()); });
    aws::Sqs sqs(target_.access.NewClient("sqs", region));
    NameRest("queues", [&] { return fixtures::FindQueues(&sqs, Deadline()); });
  }

  template <typename Find>
  void NameRest(const std::string& what, Find find) {
    try {
      for (const auto& [run_id, resources] : find()) {
        for (const Resource& resource : resources) {
          if (gone_names_.contains(resource.id)) continue;  // SQS lists deleted queues for a while
          ++found_;
          PrintLine(std::cout,
                    fmt::format("left alone: {} {} is named like one of run {}, but a name proves "
                                "nothing: only the journal of a run that has ended does",
                                resource.kind, resource.id, run_id));
        }
      }
    } catch (const aws::Error& error) {
      // A user without fleets needs neither S3 and SQS nor the permission to ask them.
      Say(fmt::format("launch_bench: could not look for {}: {}", what, error.what()));
    }
  }

  void CleanAll(aws::Ec2* ec2) {
    aws::CallOptions call;
    call.deadline = Deadline();
    const std::string account = aws::Sts(target_.access.NewClient("sts", ec2->client().region()))
                                    .GetCallerIdentity(call)
                                    .account;
    const auto [runs, unclear] = fixtures::FindRuns(ec2, call.deadline);
    const auto kept = fixtures::FindKeptImages(ec2, call.deadline);
    NameUnclear(unclear);
    if (runs.empty() && kept.empty()) return;
    const bool agreed = line_.yes_account == account;
    if (!agreed) {
      if (!line_.yes_account.empty()) {
        Say(fmt::format("launch_bench: --yes={}: these credentials belong to account {}",
                        line_.yes_account, account));
      }
      ++found_;
      for (const FoundRun& run : runs) {
        PrintLine(std::cout,
                  fmt::format("{}: run {} of {}, until {}: {}", ec2->client().region(), run.run_id,
                              run.owner, run.expires, CountByKind(run.resources)));
      }
      for (const auto& [hash, resources] : kept) {
        PrintLine(std::cout, fmt::format("{}: kept images: {}", ec2->client().region(),
                                         CountByKind(resources)));
      }
      Say(fmt::format(
          "launch_bench: other people may be using these; to remove all of it in account "
          "{}: --cleanup=all --yes={}",
          account, account));
      refused_ = true;
      return;
    }
    for (const FoundRun& run : runs) {
      Remove(ec2, "run " + run.run_id, {run.resources.begin(), run.resources.end()},
             Everything(run));
    }
    for (const auto& [hash, resources] : kept) {
      fixtures::CleanupScope scope;
      scope.tags = {{fixtures::kImageTag, hash}};
      scope.only.emplace();
      for (const Resource& resource : resources) scope.only->insert(resource.id);
      Remove(ec2, "kept images", {resources.begin(), resources.end()}, std::move(scope));
    }
  }

  // `there` are the resources that were found; those that the scope finds are added.
  void Remove(aws::Ec2* ec2, const std::string& what, const std::set<Resource>& there,
              fixtures::CleanupScope scope) {
    ++found_;
    scope.deadline = Deadline();
    const auto left = fixtures::RemoveTagged(ec2, scope);
    if (left.empty())
      PrintLine(std::cout, fmt::format("removed {} in {}: {}", what, ec2->client().region(),
                                       there.empty() ? "nothing was left"
                                                     : CountByKind({there.begin(), there.end()})));
    Report(left);
  }

  void Report(const std::vector<fixtures::LeftBehind>& left) {
    for (const auto& item : left) {
      Say(fmt::format("not removed: {} {} in {}: {}", item.resource.kind, item.resource.id,
                      item.resource.region, item.reason));
      ++left_;
    }
  }

  const CommandLine& line_;
  const Target& target_;
  const fixtures::LaunchOptions& options_;
  const std::set<std::string> running_ = fixtures::RunningRuns(fixtures::JournalDirectory());
  std::set<Resource> gone_;           // found by tags
  std::set<std::string> gone_names_;  // of buckets and queues
  int found_ = 0;
  int left_ = 0;
  bool refused_ = false;
};

}  // namespace

int RunCleanup(const CommandLine& line, Interrupt* interrupt) {
  if (line.starts_local_cloud()) {
    throw UsageError(
        "--cleanup requires --cloud=aws or --endpoint_url: the machines of a run's own local cloud "
        "end with the run");
  }
  CommandLine without_caller = line;
  // Nothing is launched, so the address of this machine is not needed.
  without_caller.launch.ssh_cidr = "unused";
  const Target target = OpenTarget(without_caller, interrupt->token());
  interrupt->OnFirst([] {
    Say("launch_bench: interrupted: run --cleanup again to remove the rest");
    _exit(kInterrupted);
  });
  return Cleanup(line, target).Run();
}

}  // namespace suites
