// ./launch_bench --dry_run: what a run would create and cost, and whether the account is ready for
// it.
#pragma once

#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fixtures/cost/vcpu_quota.h"
#include "fixtures/launch/launch_fixture.h"
#include "fixtures/launch/needed_calls.h"
#include "suites/command/command_line.h"
#include "suites/run/interrupt.h"
#include "suites/run/spend_plan.h"

namespace suites {

// What the run needs of one vCPU quota.
struct VcpuReport {
  std::optional<fixtures::VcpuQuota> quota;  // unset if the quota of `types` is not known
  std::vector<std::string> types;            // the run's types that count against it
  double at_once = 0;                        // the most vCPUs that the run uses at the same time
  double in_use = 0;                         // vCPUs of machines that already run in the account
  std::optional<double> limit;               // unset if it could not be read; `why` says why
  std::string why;

  bool too_small() const { return limit && in_use + at_once > *limit; }
};

struct RegionReport {
  RegionPlan plan;
  std::string failure;            // why the region could not be asked; empty if it was
  std::exception_ptr unanswered;  // `failure` as an exception; null if the region answered
  // What benchmarks lack: "AvailabilityZone/us-west-2z: zone ...".
  std::vector<std::string> not_there;
  std::vector<VcpuReport> vcpus;
  std::vector<fixtures::PermissionAnswer> permissions;
  std::string not_asked;  // why permissions were not checked; empty if they were
};

struct DryRunReport {
  std::string described;                       // Target::described
  std::map<std::string, std::string> context;  // the same as in the JSON of a run
  std::string mark;                            // MarkOf(Target)
  SpendPlan plan;
  std::optional<double> max_usd;
  std::optional<int> max_instances;
  std::vector<RegionReport> regions;
  // "s3", ...: services that the run uses and a dry run cannot check
  std::vector<std::string> other_services;

  // Returns what prevents the run from succeeding, one line each; empty if it is ready.
  std::vector<std::string> missing() const;
};

// Asks the target (after starting it, if it is a local cloud) and prints the report: text, or JSON
// with --benchmark_format=json. Writes JSON to --benchmark_out, too. Creates nothing in the cloud.
// Returns kAllMeasured if the run is ready, kSomeFailed if something is missing. Throws UsageError,
// aws::Error or std::runtime_error, each with one line, if the target cannot be used, because no
// region answers.
int RunDryRun(const CommandLine& line, const std::vector<fixtures::LaunchFixture*>& matched,
              Interrupt* interrupt);

}  // namespace suites
