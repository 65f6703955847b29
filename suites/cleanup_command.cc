#include "suites/cleanup_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <set>

#include "aws/s3.h"
#include "aws/sqs.h"
#include "aws/sts.h"
#include "fixtures/cleanup.h"
#include "fixtures/found_runs.h"
#include "fixtures/run_identity.h"
#include "suites/target.h"
#include "suites/unfinished_runs.h"

namespace suites {
namespace {

using fixtures::Clock;
using fixtures::FoundRun;
using fixtures::Resource;

// Where a create was not answered, how long after the run's last word to go on looking for what it
// may have made. EC2 documents no bound; new instances are normally visible within seconds.
constexpr std::chrono::seconds kUnansweredLinger{10};

class Cleanup {
 public:
  Cleanup(const CommandLine& line, const Target& target, const fixtures::LaunchOptions& options)
      : line_(line), target_(target), options_(options) {}

  int Run() {
    if (line_.cleanup == CommandLine::Cleanup::kAbandoned) CleanJournalled();
    for (const std::string& region : options_.regions) {
      aws::Ec2 ec2(target_.access.NewClient("ec2", region));
      line_.cleanup == CommandLine::Cleanup::kAll ? CleanAll(&ec2) : CleanAbandoned(&ec2);
      CleanFleetsOf(region);
    }
    if (refused_) return 2;
    // Last, since what they tell of has just been removed.
    if (line_.cleanup == CommandLine::Cleanup::kAll) CleanJournalled();
    if (found_ == 0) std::cout << "nothing to remove\n";
    return left_ == 0 ? 0 : 1;
  }

 private:
  Clock::time_point Deadline() const { return Clock::now() + options_.cleanup_timeout; }

  // Tags tell nothing of a run in another container; where that shares our state directory, its
  // journal does.
  bool IsAbandoned(const FoundRun& run) const {
    return !running_.contains(run.run_id) &&
           fixtures::IsAbandoned(run, std::chrono::system_clock::now());
  }

  // By its journal a run is known in all of its regions, and so is what may still turn up.
  void CleanJournalled() {
    const auto runs = FindUnfinishedRuns();
    const std::string account = runs.empty() ? "" : AccountOf(target_, options_.regions.front());
    for (const fixtures::JournalledRun& run : runs) {
      const bool elsewhere =
          run.header.endpoint_url != target_.access.endpoint_url ||
          (!run.header.account.empty() && !account.empty() && run.header.account != account);
      if (elsewhere) {
        std::fprintf(stderr, "launch_bench: not this target's: %s\n",
                     DescribeUnfinished(run).c_str());
        continue;
      }
      const int left_before = left_;
      removed_.insert(run.header.run_id);
      for (const std::string& region : run.regions) {
        CleanRegionOf(run, region);
        CleanFleetsOf(region);
      }
      if (left_ == left_before) unlink(run.path.c_str());
    }
  }

  void CleanRegionOf(const fixtures::JournalledRun& run, const std::string& region) {
    aws::Ec2 ec2(target_.access.NewClient("ec2", region));
    std::set<Resource> there;
    for (const FoundRun& found : fixtures::FindRuns(&ec2, Deadline())) {
      if (found.run_id == run.header.run_id)
        there.insert(found.resources.begin(), found.resources.end());
    }
    const auto since = std::chrono::system_clock::now() - run.last_event;
    const bool may_turn_up =
        std::ranges::any_of(run.unanswered, [&](const Resource& r) { return r.region == region; });
    fixtures::CleanupScope scope;
    scope.linger = may_turn_up ? std::max<Clock::duration>(kUnansweredLinger - since, {})
                               : Clock::duration::zero();
    for (const fixtures::MadeResource& made : run.made) {
      if (made.resource.region == region && !gone_.contains(made.resource))
        scope.known.push_back(made);
    }
    scope.gone = [&](const Resource& gone, bool was_there) {
      fixtures::NoteRemoved(run, gone);
      if (was_there) there.insert(gone);
    };
    scope.tagged = {std::string("tag:") + fixtures::kRunTag, {run.header.run_id}};
    Remove(&ec2, "run " + run.header.run_id, there, std::move(scope));
    // What was not answered is known by no id: nobody can tell when all of it has shown.
    if (may_turn_up && since < fixtures::kVisibleWithin) {
      std::cout << fmt::format(
          "run {} in {}: a create call was not answered, and EC2 may take minutes to show what it "
          "made; --cleanup once more in five minutes makes sure\n",
          run.header.run_id, region);
    }
  }

  void CleanAbandoned(aws::Ec2* ec2) {
    for (const FoundRun& run : fixtures::FindRuns(ec2, Deadline())) {
      if (!IsAbandoned(run)) {
        std::cout << fmt::format("left alone: run {} of {}, until {} ({})\n", run.run_id, run.owner,
                                 run.expires, CountByKind(run.resources));
        ++found_;
        continue;
      }
      removed_.insert(run.run_id);
      Remove(ec2, "run " + run.run_id, {run.resources.begin(), run.resources.end()},
             Everything(run.run_id));
    }
  }

  // What a run's tag finds.
  fixtures::CleanupScope Everything(const std::string& run_id) {
    fixtures::CleanupScope scope;
    scope.tagged = {std::string("tag:") + fixtures::kRunTag, {run_id}};
    scope.gone = [this](const Resource& gone, bool /*was_there*/) { gone_.insert(gone); };
    return scope;
  }

  // Once everything else of a fleet's run is gone nothing but their names tells whose these are.
  void CleanFleetsOf(const std::string& region) {
    if (refused_) return;
    aws::S3 s3(target_.access.NewClient("s3", region));
    CleanNamed(
        "buckets", region, [&] { return fixtures::FindBuckets(&s3, Deadline()); },
        [&](const std::string& run) { return fixtures::RemoveBuckets(&s3, run, Deadline()); });
    aws::Sqs sqs(target_.access.NewClient("sqs", region));
    CleanNamed(
        "queues", region, [&] { return fixtures::FindQueues(&sqs, Deadline()); },
        [&](const std::string& run) { return fixtures::RemoveQueues(&sqs, run, Deadline()); });
  }

  template <typename Find, typename RemoveOf>
  void CleanNamed(const std::string& what, const std::string& region, Find find,
                  RemoveOf remove_of) {
    std::vector<FoundRun> runs;
    try {
      runs = find();
    } catch (const aws::Error& error) {
      // Who runs no fleets needs neither an S3 or SQS nor the right to ask it.
      std::fprintf(stderr, "launch_bench: %s were not looked for: %s\n", what.c_str(),
                   error.what());
      return;
    }
    for (const FoundRun& run : runs) {
      const bool ours = line_.cleanup == CommandLine::Cleanup::kAll ||
                        removed_.contains(run.run_id) || IsAbandoned(run);
      ++found_;
      if (!ours) {
        std::cout << fmt::format("left alone: {} of run {}, until {} ({})\n", what, run.run_id,
                                 run.expires, CountByKind(run.resources));
        continue;
      }
      const auto left = remove_of(run.run_id);
      if (left.empty())
        std::cout << fmt::format("removed {} of run {} in {}: {}\n", what, run.run_id, region,
                                 CountByKind(run.resources));
      Report(left);
    }
  }

  void CleanAll(aws::Ec2* ec2) {
    aws::CallOptions call;
    call.deadline = Deadline();
    const std::string account = aws::Sts(target_.access.NewClient("sts", ec2->client().region()))
                                    .GetCallerIdentity(call)
                                    .account;
    const auto runs = fixtures::FindRuns(ec2, call.deadline);
    const auto kept = fixtures::FindKeptImages(ec2, call.deadline);
    if (runs.empty() && kept.empty()) return;
    const bool agreed = line_.yes_account == account;
    if (!agreed) {
      if (!line_.yes_account.empty()) {
        std::fprintf(stderr, "launch_bench: --yes=%s: these credentials are of account %s\n",
                     line_.yes_account.c_str(), account.c_str());
      }
      ++found_;
      for (const FoundRun& run : runs) {
        std::cout << fmt::format("{}: run {} of {}, until {}: {}\n", ec2->client().region(),
                                 run.run_id, run.owner, run.expires, CountByKind(run.resources));
      }
      if (!kept.empty())
        std::cout << fmt::format("{}: kept images: {}\n", ec2->client().region(),
                                 CountByKind(kept));
      std::fprintf(stderr,
                   "launch_bench: other people may be using these; to remove all of it in account "
                   "%s: --cleanup=all --yes=%s\n",
                   account.c_str(), account.c_str());
      refused_ = true;
      return;
    }
    for (const FoundRun& run : runs) {
      Remove(ec2, "run " + run.run_id, {run.resources.begin(), run.resources.end()},
             Everything(run.run_id));
    }
    if (kept.empty()) return;
    fixtures::CleanupScope scope;
    scope.tagged = {"tag-key", {fixtures::kImageTag}};
    Remove(ec2, "kept images", {kept.begin(), kept.end()}, std::move(scope));
  }

  // `there`: what was found, and what the scope finds.
  void Remove(aws::Ec2* ec2, const std::string& what, const std::set<Resource>& there,
              fixtures::CleanupScope scope) {
    ++found_;
    scope.deadline = Deadline();
    const auto left = fixtures::RemoveTagged(ec2, scope);
    if (left.empty())
      std::cout << fmt::format(
          "removed {} in {}: {}\n", what, ec2->client().region(),
          there.empty() ? "nothing was left" : CountByKind({there.begin(), there.end()}));
    Report(left);
  }

  void Report(const std::vector<fixtures::LeftBehind>& left) {
    for (const auto& item : left) {
      std::fprintf(stderr, "not removed: %s %s in %s: %s\n", item.resource.kind.c_str(),
                   item.resource.id.c_str(), item.resource.region.c_str(), item.reason.c_str());
      ++left_;
    }
  }

  const CommandLine& line_;
  const Target& target_;
  const fixtures::LaunchOptions& options_;
  const std::set<std::string> running_ = fixtures::RunningRuns(fixtures::JournalDirectory());
  std::set<std::string> removed_;  // the ids of runs
  std::set<Resource> gone_;        // found by tags
  int found_ = 0;
  int left_ = 0;
  bool refused_ = false;
};

}  // namespace

int RunCleanup(const CommandLine& line) {
  if (line.endpoint_url.empty() && line.cloud == CommandLine::Cloud::kLocal) {
    throw UsageError(
        "--cleanup wants --cloud=aws or --endpoint_url: the local cloud's machines end with it");
  }
  fixtures::LaunchOptions options = line.launch;
  options.ssh_cidr = "unused";  // nothing is launched, so nobody asks who may reach it
  const Target target = OpenTarget(line, &options);
  return Cleanup(line, target, options).Run();
}

}  // namespace suites
