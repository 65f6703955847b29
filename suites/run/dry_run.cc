#include "suites/run/dry_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "aws/service_quotas.h"
#include "fixtures/leftovers/run_identity.h"
#include "fixtures/region/region_session.h"
#include "suites/report/error_hints.h"
#include "suites/run/dry_run_report.h"
#include "suites/run/exit_status.h"
#include "suites/run/hindrances.h"
#include "suites/run/host_capacity.h"
#include "suites/run/result_file.h"
#include "suites/run/run_context.h"
#include "suites/run/target.h"

namespace suites {
namespace {

using fixtures::LaunchFixture;
using fixtures::PermissionAnswer;
using fixtures::RegionSession;

constexpr std::chrono::seconds kCallTimeout{60};

aws::CallOptions Call(const std::stop_token& stop) {
  aws::CallOptions call;
  call.deadline = fixtures::Clock::now() + kCallTimeout;
  call.stop = stop;
  return call;
}

std::string WithHint(const std::string& failure) {
  const std::string hint = HintFor(failure);
  return hint.empty() ? failure : failure + "; " + hint;
}

// Returns true if a service has answered, even with an error.
bool IsAnswer(const std::exception& error) {
  const auto* of_aws = dynamic_cast<const aws::Error*>(&error);
  return of_aws == nullptr || of_aws->kind() == aws::Error::Kind::kService;
}

// Asks one region about what is planned there.
class RegionInquiry {
 public:
  RegionInquiry(const Target& target, const CommandLine& line,
                const fixtures::LaunchOptions& options, const fixtures::RunIdentity& identity,
                const std::vector<LaunchFixture*>& matched, const std::stop_token& stop)
      : target_(target),
        line_(line),
        options_(options),
        identity_(identity),
        matched_(matched),
        stop_(stop) {}

  RegionReport Run(const RegionPlan& plan) {
    RegionReport report;
    report.plan = plan;
    try {
      RegionSession session(target_.access, plan.region, options_, identity_, nullptr);
      session.FindPlace(Call(stop_));
      report.not_there = CheckPlaces(session);
      report.vcpus = AskVcpus(session);
      if (fixtures::KnowsDryRun(session.ec2(), Call(stop_))) {
        report.permissions = fixtures::AskPermissions(session, ActionsIn(plan), Call(stop_));
      } else {
        report.not_asked = "the endpoint does not support DryRun, and would carry out the calls";
      }
    } catch (const std::exception& error) {
      if (stop_.stop_requested()) throw;
      report.failure = WithHint(error.what());
      if (!IsAnswer(error)) report.unanswered = std::current_exception();
    }
    return report;
  }

 private:
  // Returns what the benchmarks of this region need and do not find.
  std::vector<std::string> CheckPlaces(RegionSession& session) const {
    std::vector<std::string> not_there;
    for (auto* fixture : matched_) {
      if (RegionOf(*fixture, options_) != session.region()) continue;
      try {
        fixture->CheckPlace(session, stop_);
      } catch (const std::exception& error) {
        if (stop_.stop_requested() || !IsAnswer(error)) throw;
        not_there.push_back(fmt::format("{}: {}", fixture->technique(), WithHint(error.what())));
      }
    }
    return not_there;
  }

  std::set<std::string> ActionsIn(const RegionPlan& plan) const {
    std::set<std::string> actions;
    const auto add = [&actions](const std::vector<std::string>& more) {
      actions.insert(more.begin(), more.end());
    };
    for (const auto& [kind, count] : plan.at_once) add(fixtures::ActionsFor(kind));
    for (const auto* fixture : matched_) {
      if (RegionOf(*fixture, options_) == plan.region) add(fixture->actions());
    }
    return actions;
  }

  static std::map<std::string, int> VcpusOf(aws::Ec2& ec2, const std::set<std::string>& types,
                                            const aws::CallOptions& call) {
    std::map<std::string, int> vcpus;
    if (types.empty()) return vcpus;
    try {
      for (const auto& type : ec2.DescribeInstanceTypes({types.begin(), types.end()}, call))
        vcpus[type.instance_type] = type.vcpus;
    } catch (const aws::Error& error) {
      if (error.code() != "InvalidInstanceType") throw;
      // One type that does not exist makes the call fail for all. CheckPlaces() reports it.
      if (types.size() == 1) return vcpus;
      for (const std::string& type : types) vcpus.merge(VcpusOf(ec2, {type}, call));
    }
    return vcpus;
  }

  // Returns the machines that already count against the quotas. The quotas' names say "running",
  // but EC2 also counts pending machines.
  static std::map<PlannedMachines, int> Running(aws::Ec2& ec2, const aws::CallOptions& call) {
    std::map<PlannedMachines, int> running;
    for (const auto& instance :
         ec2.DescribeInstances({{"instance-state-name", {"pending", "running"}}}, call))
      ++running[{instance.instance_type, instance.spot}];
    return running;
  }

  std::vector<VcpuReport> AskVcpus(RegionSession& session) const {
    std::set<PlannedMachines> planned;
    MostAtOnce(matched_, session.region(), line_.repetitions, options_, [&](const auto& machines) {
      planned.insert(machines);
      return 0;
    });
    const auto running = Running(session.ec2(), Call(stop_));
    std::set<std::string> types;
    for (const auto& machines : planned) types.insert(machines.instance_type);
    const auto vcpus = VcpusOf(session.ec2(), types, Call(stop_));
    std::set<std::string> of_others;
    for (const auto& [machines, count] : running) {
      if (!vcpus.contains(machines.instance_type)) of_others.insert(machines.instance_type);
    }
    auto all_vcpus = VcpusOf(session.ec2(), of_others, Call(stop_));
    all_vcpus.insert(vcpus.begin(), vcpus.end());
    const auto each = [&all_vcpus](const PlannedMachines& machines) {
      const auto found = all_vcpus.find(machines.instance_type);
      return found == all_vcpus.end() ? 0 : found->second;
    };
    const auto quota_of = [](const PlannedMachines& machines) {
      return fixtures::VcpuQuotaOf(machines.instance_type, machines.spot);
    };

    std::map<std::optional<fixtures::VcpuQuota>, std::set<std::string>> by_quota;
    for (const auto& machines : planned)
      by_quota[quota_of(machines)].insert(machines.instance_type);
    std::vector<VcpuReport> reports;
    for (const auto& [quota, quota_types] : by_quota) {
      VcpuReport report;
      report.quota = quota;
      report.types = {quota_types.begin(), quota_types.end()};
      report.at_once =
          MostAtOnce(matched_, session.region(), line_.repetitions, options_,
                     [&, q = quota](const auto& m) { return quota_of(m) == q ? each(m) : 0; });
      for (const auto& [machines, count] : running) {
        if (quota_of(machines) == quota) report.in_use += each(machines) * count;
      }
      ReadLimit(session.region(), &report);
      reports.push_back(std::move(report));
    }
    return reports;
  }

  void ReadLimit(const std::string& region, VcpuReport* report) const {
    if (!report->quota) {
      report->why = "the quota that they count against is not known";
      return;
    }
    try {
      aws::ServiceQuotas quotas(target_.access.NewClient("servicequotas", region));
      report->limit = quotas.GetServiceQuota("ec2", report->quota->code, Call(stop_));
    } catch (const aws::Error& error) {
      if (error.kind() == aws::Error::Kind::kCancelled) throw;
      report->why = error.what();
    }
  }

  const Target& target_;
  const CommandLine& line_;
  const fixtures::LaunchOptions& options_;
  const fixtures::RunIdentity& identity_;
  const std::vector<LaunchFixture*>& matched_;
  const std::stop_token stop_;
};

std::vector<std::string> OtherServices(const std::vector<RegionPlan>& regions,
                                       const std::vector<LaunchFixture*>& matched) {
  std::set<std::string> services;
  for (const RegionPlan& plan : regions) {
    if (plan.creations.contains("bucket")) services.insert("s3");
    if (plan.creations.contains("queue")) services.insert("sqs");
  }
  for (const auto* fixture : matched) {
    for (const std::string& service : fixture->services()) services.insert(service);
  }
  return {services.begin(), services.end()};
}

}  // namespace

std::vector<std::string> DryRunReport::missing() const {
  std::vector<std::string> lines;
  for (const RegionReport& region : regions) {
    const std::string& name = region.plan.region;
    if (!region.failure.empty()) lines.push_back(fmt::format("{}: {}", name, region.failure));
    for (const std::string& one : region.not_there)
      lines.push_back(fmt::format("{}: {}", name, one));
    for (const VcpuReport& vcpus : region.vcpus) {
      if (!vcpus.too_small()) continue;
      lines.push_back(fmt::format(
          "{}: quota {} ({}) is {:g} vCPUs, {:g} are in use, and the run takes up to {:g} at once; "
          "lower --concurrency, or ask for more at Service Quotas",
          name, vcpus.quota->code, vcpus.quota->name, *vcpus.limit, vcpus.in_use, vcpus.at_once));
    }
    std::vector<std::string> denied;
    for (const PermissionAnswer& answer : region.permissions) {
      if (answer.verdict == PermissionAnswer::Verdict::kMissing)
        denied.push_back("ec2:" + answer.action);
      if (answer.verdict == PermissionAnswer::Verdict::kFails)
        lines.push_back(
            fmt::format("{}: {} would fail: {}", name, answer.action, WithHint(answer.why)));
    }
    if (!denied.empty()) {
      lines.push_back(fmt::format(
          "{}: not permitted: {}; --print_iam_policy prints the policy that a run needs", name,
          fmt::join(denied, ", ")));
    }
  }
  if (max_usd && plan.least_usd && *plan.least_usd > *max_usd) {
    lines.push_back(fmt::format(
        "--max_usd={} is less than the {:.4f} USD that this costs at least; raise it, or lower "
        "--benchmark_repetitions",
        *max_usd, *plan.least_usd));
  }
  if (max_instances && plan.least_machines > *max_instances) {
    lines.push_back(fmt::format(
        "--max_instances={} is less than the {} machine(s) that this launches at least; raise it, "
        "or lower --benchmark_repetitions",
        *max_instances, plan.least_machines));
  }
  return lines;
}

int RunDryRun(const CommandLine& line, const std::vector<LaunchFixture*>& matched,
              Interrupt* interrupt) {
  RefuseHindered(matched, line.launch);
  RefuseDirectoryOrSocket(line.out);
  const auto identity = fixtures::RunIdentity::Create(line.launch.tags);
  Target target = OpenTarget(line, interrupt->token());
  FitToHost(line, matched, &target);
  const fixtures::LaunchOptions& options = target.options;
  DryRunReport report;
  report.described = target.described;
  report.mark = MarkOf(target);
  report.context = DescribeRun(target, identity.run_id());
  report.context.erase("run_id");  // a dry run has no id
  AddContext(line.context, &report.context);
  report.max_usd = line.limits.max_usd;
  report.max_instances = line.limits.max_instances;
  report.plan = PlanOf(matched, line.repetitions, options);
  RequirePrices(report.plan, line);
  const auto regions = RegionsOf(matched, line.repetitions, options);
  report.other_services = OtherServices(regions, matched);
  RegionInquiry inquiry(target, line, options, identity, matched, interrupt->token());
  for (const RegionPlan& region : regions) report.regions.push_back(inquiry.Run(region));
  const bool none_answers = std::ranges::all_of(
      report.regions, [](const RegionReport& region) { return region.unanswered != nullptr; });
  if (none_answers) std::rethrow_exception(report.regions.front().unanswered);

  if (line.format == "json") {
    std::cout << DryRunJson(report);
  } else {
    PrintDryRun(std::cout, report, options);
  }
  if (!line.out.empty()) WriteResultFile(line.out, DryRunJson(report));
  return report.missing().empty() ? kAllMeasured : kSomeFailed;
}

}  // namespace suites
