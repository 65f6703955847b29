// ./launch_bench --dry_run: what a run would make and cost, and whether the account is ready for
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

// Against one quota that is counted in vCPUs.
struct VcpuReport {
  std::optional<fixtures::VcpuQuota> quota;  // unset: that of `types` is not known
  std::vector<std::string> types;            // that count against it
  double at_once = 0;                        // vCPUs that the run has at the same time, at most
  double in_use = 0;                         // by what runs in the account already
  std::optional<double> limit;               // unset: it could not be read, see `why`
  std::string why;

  bool too_small() const { return limit && in_use + at_once > *limit; }
};

struct RegionReport {
  RegionPlan plan;
  std::string failure;                 // why nothing could be asked there; empty: it was
  std::exception_ptr unanswered;       // `failure`, if no usable answer came; null: it came
  std::vector<std::string> not_there;  // "AvailabilityZone/us-west-2z: zone ...": what each lacks
  std::vector<VcpuReport> vcpus;
  std::vector<fixtures::PermissionAnswer> permissions;
  std::string not_asked;  // why permissions were not asked for; empty: they were
};

struct DryRunReport {
  std::string described;                       // Target::described
  std::map<std::string, std::string> context;  // as a run's JSON has it
  bool modelled = false;
  SpendPlan plan;
  std::optional<double> max_usd;
  std::optional<int> max_instances;
  std::vector<RegionReport> regions;
  std::vector<std::string> other_services;  // "s3", ...: used too, and without dry run

  // What keeps the run from succeeding, a line each; empty: it is ready.
  std::vector<std::string> missing() const;
};

// Asks the target (for a local cloud it is started), and prints the report: text, or JSON with
// --benchmark_format=json; JSON to --benchmark_out as well. Creates nothing. Returns kAllMeasured
// if the run is ready, kSomeFailed if something is missing. Throws UsageError, aws::Error or
// std::runtime_error, each with one line, if the target cannot be used at all: no region answers.
int RunDryRun(const CommandLine& line, const std::vector<fixtures::LaunchFixture*>& matched,
              Interrupt* interrupt);

}  // namespace suites
