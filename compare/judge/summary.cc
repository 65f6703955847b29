#include "compare/judge/summary.h"

#include "compare/input/samples.h"
#include "compare/judge/findings.h"
#include "compare/judge/tail.h"
#include "compare/judge/verdict.h"
#include "compare/statistics/shift.h"

namespace launch_compare {
namespace {

double MedianOfMetric(const Benchmark& benchmark, const char* metric, bool failure_ranks_slowest) {
  if (benchmark.aggregates_only) {
    const Metric* stated = benchmark.find(metric);
    return stated == nullptr ? kNone : stated->values.front();
  }
  const std::vector<double> samples = SortedSamples(benchmark, metric, failure_ranks_slowest);
  return samples.empty() ? kNone : Median(samples);
}

}  // namespace

Summary Summarise(const BenchmarkRun& run, const NameFilter& filter, Margin margin, double alpha) {
  Summary summary;
  summary.path = run.path;
  summary.source = run.context_value("source");
  summary.method = run.context_value("method");
  summary.modelled = run.modelled();
  summary.virtual_machines = run.on_virtual_machines();
  if (summary.virtual_machines) summary.machines = run.context_value("note");
  for (const std::string& value : run.non_finite) summary.warnings.push_back(value + ": left out");
  for (const std::string& row : run.left_out)
    summary.warnings.push_back(row + ": no measurement, left out");
  const std::vector<BenchmarkRun> runs = {run};
  std::vector<NamedBenchmark> benchmarks;
  for (const Pairing& pairing : MatchByName(runs, {}, filter))
    benchmarks.push_back({pairing.name, pairing.baseline.front()});
  double cold_total = kNone;
  for (const auto& [name, benchmark] : benchmarks) {
    SummaryRow row;
    row.technique = name;
    row.launches = benchmark->repetitions();
    row.failures = benchmark->failures();
    row.total = MedianOfMetric(*benchmark, "real_time", true);
    if (const std::vector<double> totals = SortedSamples(*benchmark, "real_time", true);
        !totals.empty()) {
      if (totals.size() >= kLeastForP90) row.p90 = Quantile(totals, 0.90);
      if (totals.size() >= kLeastForP99) row.p99 = Quantile(totals, 0.99);
      row.maximum = totals.back();
    }
    row.pending_to_running = MedianOfMetric(*benchmark, "pending_to_running_ms", false);
    row.boot_to_ssh = MedianOfMetric(*benchmark, "boot_to_ssh_ms", false);
    if (name == "Cold") cold_total = row.total;
    summary.rows.push_back(std::move(row));
  }
  for (SummaryRow& row : summary.rows) row.cold_total = cold_total;
  summary.savings = Savings(benchmarks, margin, alpha);
  summary.findings = Findings(benchmarks, margin, alpha);
  for (std::string& finding : summary.findings) {
    if (summary.modelled) finding += " [modelled]";
    if (summary.virtual_machines) finding += " [virtual machines]";
  }
  return summary;
}

}  // namespace launch_compare
