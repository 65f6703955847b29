// One run at a glance: the table of the launch study, and what can be derived from it.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "compare/input/names.h"
#include "compare/input/run.h"
#include "compare/judge/policy.h"

namespace launch_compare {

// Medians over a technique's launches, in milliseconds; failed launches rank slowest in the total
// (+infinity where they reach the middle). NaN where the technique has no such phase.
struct SummaryRow {
  std::string technique;
  std::size_t launches = 0;  // 0: the file has aggregates only
  std::size_t failures = 0;
  double total = 0;
  double p90 = std::numeric_limits<double>::quiet_NaN();  // from ten launches on
  double p99 = std::numeric_limits<double>::quiet_NaN();  // from a hundred on
  double maximum = std::numeric_limits<double>::quiet_NaN();
  double pending_to_running = 0;
  double boot_to_ssh = 0;
  double cold_total = 0;  // the run's Cold, NaN if it has none: what "vs Cold" refers to
};

struct Summary {
  std::string path;
  std::string source;  // the context's "source" and "method", where a run states them
  std::string method;
  bool modelled = false;
  std::vector<SummaryRow> rows;
  std::vector<std::string> findings;  // findings.h; each one sentence, marked where modelled
  std::vector<std::string> warnings;
};

// Throws InputError when no benchmark matches.
Summary Summarise(const BenchmarkRun& run, const NameFilter& filter, Margin margin, double alpha);

}  // namespace launch_compare
