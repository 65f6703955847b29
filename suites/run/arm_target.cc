#include "suites/run/arm_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "suites/report/message.h"
#include "suites/run/host_capacity.h"
#include "suites/run/offered_types.h"
#include "suites/run/run_context.h"
#include "suites/run/run_settings.h"
#include "suites/run/spend_plan.h"
#include "suites/run/unfinished_runs.h"

namespace suites {
namespace {

Target OpenFittedTarget(const CommandLine& line,
                        const std::vector<fixtures::LaunchFixture*>& fixtures,
                        const std::stop_token& stop) {
  Target target = OpenTarget(line, stop);
  FitToHost(line, fixtures, &target);
  return target;
}

}  // namespace

ArmTarget::ArmTarget(ArmWithFiles arm, fixtures::SshProber* prober, fixtures::SpendGuard* spend,
                     const std::stop_token& stop)
    : arm_(std::move(arm)),
      fixtures_(arm_.selection.fixtures()),
      target_(OpenFittedTarget(line(), fixtures_, stop)),
      run_id_(arm_.identity.run_id()) {
  Context();  // refuses a --benchmark_context that cannot be used before anything costs money
  ReadEarlierSamples();
  journal_ = OpenJournal();
  for (const auto* fixture : fixtures_) {
    const std::string region = RegionOf(*fixture, options());
    if (std::ranges::any_of(sessions_, [&](const auto& one) { return one->region() == region; }))
      continue;
    sessions_.push_back(std::make_unique<fixtures::RegionSession>(
        target_.access, region, options(), arm_.identity, prober, journal_.get(), spend));
  }
}

ArmTarget::~ArmTarget() {
  const bool used = std::ranges::any_of(
      sessions_, [](const auto& session) { return session->ledger().ever_used(); });
  if (!used) journal_->Finish();  // nothing was made, so nothing is left
}

// The settings are compared only if the run has samples: before the first sample, other settings do
// no harm.
void ArmTarget::ReadEarlierSamples() {
  int damaged = 0;
  earlier_ = files().ReadEarlierSamples(&damaged);
  const auto finished = std::ranges::count(earlier_, false, &fixtures::Sample::interrupted);
  if (damaged > 0) {
    const bool all_there = finished >= line().repetitions * std::ssize(fixtures_);
    Say(fmt::format("launch_bench: {} line(s) of {} are not samples{}", damaged, files().log_path(),
                    all_there ? "" : "; their launches are measured again"));
  }
  std::string benchmarks;
  for (const auto* fixture : fixtures_)
    benchmarks += (benchmarks.empty() ? "" : " ") + fixture->technique();
  const RunSettings settings =
      DescribeSettings(line(), options(), DescribeRun(target_, run_id_), benchmarks);
  if (earlier_.empty()) {
    WriteSettings(files().settings_path(), settings);
    return;
  }
  const RunSettings first = ReadSettings(files().settings_path());
  CheckSameSettings(first, settings);
  run_id_ = first.run_id;
  Say(fmt::format("resuming run {}: {} launch(es) are done already", run_id_, finished));
}

std::unique_ptr<fixtures::RunJournal> ArmTarget::OpenJournal() const {
  fixtures::JournalHeader header;
  header.run_id = arm_.identity.run_id();
  header.owner = arm_.identity.Tag(fixtures::kOwnerTag);
  header.process = arm_.identity.Tag(fixtures::kProcessTag);
  header.cloud = target_.name;
  header.endpoint_url = target_.access.endpoint_url;
  header.account = AccountOf(target_, options().regions.front());
  return std::make_unique<fixtures::RunJournal>(fixtures::JournalDirectory(), header);
}

void ArmTarget::CheckTypes(const std::stop_token& stop) const {
  for (const auto& session : sessions_)
    RefuseTypesNotOffered(session->ec2(), fixtures_, options(), stop);
}

bool ArmTarget::DescribeSpending() const {
  const SpendPlan plan = PlanOf(fixtures_, line().repetitions, options());
  RequirePrices(plan, line());
  if (line().cloud != CommandLine::Cloud::kAws) return false;
  Say(fmt::format("on {}: {}", target_.described, DescribePlan(plan, options())));
  return true;
}

void ArmTarget::ListWhatIsLeft() const {
  for (const auto& session : sessions_) {
    for (const auto& resource : session->ledger().resources())
      Say(fmt::format("  {} {} in {}", resource.kind, resource.id, resource.region));
    for (const auto& token : session->ledger().unanswered_creates())
      Say(fmt::format("  anything that client token {} created in {}", token, session->region()));
  }
  if (target_.local_cloud) return;  // that cloud and everything in it end with this process
  std::vector<std::string> regions;
  for (const auto& session : sessions_) regions.push_back(session->region());
  Say("remove it with " + CleanupCommandLine(target_.access.endpoint_url, regions));
}

void ArmTarget::OnCloudDeath(std::function<void()> action) {
  if (!target_.local_cloud) return;
  target_.local_cloud->OnDeath([this, action = std::move(action)] {
    cloud_gone_.request_stop();
    action();
  });
}

std::map<std::string, std::string> ArmTarget::Context() const {
  auto context = DescribeRun(target_, run_id_);
  AddContext(line().context, &context);
  return context;
}

}  // namespace suites
