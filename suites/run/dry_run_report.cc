#include "suites/run/dry_run_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "fixtures/guest/lifetime_limit.h"
#include "suites/report/message.h"
#include "suites/run/run_context.h"

namespace suites {
namespace {

using fixtures::PermissionAnswer;
using json = nlohmann::ordered_json;
using Verdict = PermissionAnswer::Verdict;

constexpr char kNothingMade[] = "A dry run: nothing was created.";

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllowed:
      return "allowed";
    case Verdict::kNotRefused:
      return "not refused";
    case Verdict::kMissing:
      return "missing";
    case Verdict::kNotShown:
      return "not shown";
    case Verdict::kFails:
      return "fails";
  }
  return "";
}

// "3 m7i.large, 2 t3.medium (spot)"
std::string MachinesText(const TechniquePlan& plan) {
  std::vector<std::string> texts;
  for (const auto& [machines, count] : plan.machines)
    texts.push_back(
        fmt::format("{} {}{}", count, machines.instance_type, machines.spot ? " (spot)" : ""));
  if (texts.empty()) return "no machine";
  const bool exact = plan.least_machines == plan.most_machines();
  return fmt::format("{}{}", exact ? "" : "up to ", fmt::join(texts, ", "));
}

std::string KindsText(const std::map<std::string, int>& kinds) {
  std::vector<std::string> texts;
  for (const auto& [kind, count] : kinds) texts.push_back(fmt::format("{} {}", count, kind));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string CostText(const std::optional<double>& least, const std::optional<double>& most) {
  if (!least || !most) return "cost not known";
  return fmt::format("{:.4f} to {:.4f} USD", *least, *most);
}

void PrintTechniques(std::ostream& out, const SpendPlan& plan) {
  for (const TechniquePlan& one : plan.techniques) {
    std::string made = MachinesText(one);
    if (const std::string kinds = KindsText(one.creations); !kinds.empty()) made += ", " + kinds;
    PrintLine(out, fmt::format("  {:<26} {:<12} {} launch(es): {}; {}", one.technique, one.region,
                               one.launches, made, CostText(one.least_usd, one.most_usd)));
  }
}

void PrintVcpus(std::ostream& out, const std::vector<VcpuReport>& vcpus) {
  for (const VcpuReport& report : vcpus) {
    const std::string quota =
        report.quota ? fmt::format("quota {} ({})", report.quota->code, report.quota->name)
                     : "quota";
    const std::string limit = report.limit ? fmt::format("{:g}", *report.limit)
                                           : fmt::format("could not be read: {}", report.why);
    PrintLine(out,
              fmt::format("  vCPUs: up to {:g} at once ({}), {:g} in use; {}: {}", report.at_once,
                          fmt::join(report.types, ", "), report.in_use, quota, limit));
  }
}

void PrintPermissions(std::ostream& out, const RegionReport& region) {
  if (!region.not_asked.empty()) PrintLine(out, "  permissions: not asked: " + region.not_asked);
  std::map<Verdict, std::vector<std::string>> by_verdict;
  for (const PermissionAnswer& answer : region.permissions)
    by_verdict[answer.verdict].push_back(answer.action);
  for (const auto& [verdict, actions] : by_verdict)
    PrintLine(out, fmt::format("  {}: {}", NameOf(verdict), fmt::join(actions, ", ")));
  if (by_verdict.contains(Verdict::kNotShown)) {
    PrintLine(out,
              "  not shown: refused for a resource without tags; a policy that requires a run's "
              "tags (--print_iam_policy) does this, and a missing permission looks the same");
  }
}

void PrintRegion(std::ostream& out, const RegionReport& region) {
  PrintLine(out, region.plan.region + ":");
  PrintLine(out, "  for the whole run: " + KindsText(region.plan.shared));
  PrintLine(out, "  at once, at most: " + KindsText(region.plan.at_once));
  PrintVcpus(out, region.vcpus);
  PrintPermissions(out, region);
}

std::string TotalText(const DryRunReport& report, const fixtures::LaunchOptions& options) {
  const SpendPlan& plan = report.plan;
  std::string cost;
  if (plan.least_usd) {
    cost = fmt::format(
        "{:.4f} USD at least (a minute for each start), {:.4f} at most (every machine runs until "
        "it terminates itself after {})",
        *plan.least_usd, *plan.most_usd, fixtures::LifetimeText(options.max_lifetime));
    cost += UnpricedText(plan);
    if (report.max_usd)
      cost += fmt::format("; --max_usd={} stops the run before that", *report.max_usd);
  } else {
    cost = fmt::format("no price is known for {}, so the cost is not known",
                       fmt::join(plan.unpriced, ", "));
  }
  if (report.max_instances && *report.max_instances < plan.machines)
    cost += fmt::format("; --max_instances={} stops the run before that", *report.max_instances);
  return fmt::format("total: {} launch(es), {} machine(s) at most, each with a volume: {}",
                     plan.launches, plan.machines, cost);
}

template <typename Number>
json OrNull(const std::optional<Number>& value) {
  return value ? json(*value) : json(nullptr);
}

json TechniqueJson(const TechniquePlan& plan) {
  json machines = json::array();
  for (const auto& [kind, count] : plan.machines)
    machines.push_back(
        {{"instance_type", kind.instance_type}, {"spot", kind.spot}, {"count", count}});
  return {{"technique", plan.technique},
          {"region", plan.region},
          {"launches", plan.launches},
          {"machines", machines},
          {"least_machines", plan.least_machines},
          {"most_machines", plan.most_machines()},
          {"creations", plan.creations},
          {"least_usd", OrNull(plan.least_usd)},
          {"most_usd", OrNull(plan.most_usd)}};
}

json RegionJson(const RegionReport& region) {
  json vcpus = json::array();
  for (const VcpuReport& report : region.vcpus) {
    vcpus.push_back({{"quota_code", report.quota ? json(report.quota->code) : json(nullptr)},
                     {"types", report.types},
                     {"at_once", report.at_once},
                     {"in_use", report.in_use},
                     {"limit", OrNull(report.limit)},
                     {"why", report.why}});
  }
  json permissions = json::object();
  for (const PermissionAnswer& answer : region.permissions)
    permissions[answer.action] = NameOf(answer.verdict);
  return {{"region", region.plan.region},
          {"shared", region.plan.shared},
          {"creations", region.plan.creations},
          {"at_once", region.plan.at_once},
          {"vcpus", vcpus},
          {"permissions", permissions},
          {"not_asked", region.not_asked},
          {"failure", region.failure},
          {"not_there", region.not_there}};
}

}  // namespace

void PrintDryRun(std::ostream& out, const DryRunReport& report,
                 const fixtures::LaunchOptions& options) {
  PrintLine(out, fmt::format("launch_bench {}: dry run of {} benchmark(s) on {}", VersionText(),
                             report.plan.techniques.size(), report.described));
  if (!report.mark.empty()) {
    PrintLine(out,
              fmt::format("{}: this cloud's quota and permissions are not those of an account.",
                          report.mark));
  }
  PrintTechniques(out, report.plan);
  for (const RegionReport& region : report.regions) PrintRegion(out, region);
  if (!report.other_services.empty()) {
    PrintLine(out, fmt::format("also used, but not checked (no dry run exists): {}",
                               fmt::join(report.other_services, ", ")));
  }
  PrintLine(out, TotalText(report, options));
  const auto missing = report.missing();
  for (const std::string& line : missing) PrintLine(out, "missing: " + line);
  PrintLine(out, fmt::format("{} {}", missing.empty() ? "Ready." : "Not ready.", kNothingMade));
}

std::string DryRunJson(const DryRunReport& report) {
  json techniques = json::array();
  for (const TechniquePlan& one : report.plan.techniques) techniques.push_back(TechniqueJson(one));
  json regions = json::array();
  for (const RegionReport& one : report.regions) regions.push_back(RegionJson(one));
  const auto missing = report.missing();
  const json document = {{"context", report.context},
                         {"dry_run",
                          {{"ready", missing.empty()},
                           {"missing", missing},
                           {"launches", report.plan.launches},
                           {"machines", report.plan.machines},
                           {"least_usd", OrNull(report.plan.least_usd)},
                           {"most_usd", OrNull(report.plan.most_usd)},
                           {"unpriced", report.plan.unpriced},
                           {"max_usd", OrNull(report.max_usd)},
                           {"max_instances", OrNull(report.max_instances)},
                           {"techniques", techniques},
                           {"regions", regions},
                           {"other_services", report.other_services}}}};
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace suites
