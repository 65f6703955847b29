// One run at a glance: a table of its techniques, and findings.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "compare/input/names.h"
#include "compare/input/run.h"
#include "compare/judge/policy.h"
#include "compare/judge/savings.h"

namespace launch_compare {

// Medians over a technique's launches, in milliseconds. In the total, failed launches rank slowest
// (+infinity if half of the launches or more have failed). NaN if the technique has no such phase.
struct SummaryRow {
  std::string technique;
  std::size_t launches = 0;  // 0: the file has aggregates only
  std::size_t failures = 0;
  double total = 0;
  double p90 = std::numeric_limits<double>::quiet_NaN();  // NaN for less than ten launches
  double p99 = std::numeric_limits<double>::quiet_NaN();  // NaN for less than a hundred launches
  double maximum = std::numeric_limits<double>::quiet_NaN();
  double pending_to_running = 0;
  double boot_to_ssh = 0;
  double cold_total = 0;  // total of the run's Cold, the reference of "vs Cold"; NaN: no Cold
};

struct Summary {
  std::string path;
  std::string source;  // "source" and "method" of the context; empty if not stated
  std::string method;
  bool modelled = false;
  bool virtual_machines = false;
  std::string machines;  // "note" of the context, if the run is from virtual machines of a host
  std::vector<SummaryRow> rows;
  std::vector<Saving> savings;
  // findings.h; each ends with "[modelled]" or "[virtual machines]" if the run is not from a cloud
  std::vector<std::string> findings;
  std::vector<std::string> warnings;
};

// Throws InputError if no benchmark matches.
Summary Summarise(const BenchmarkRun& run, const NameFilter& filter, Margin margin, double alpha);

}  // namespace launch_compare
