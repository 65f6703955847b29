#include "suites/report/summary.h"

#include <algorithm>
#include <ostream>

#include "suites/report/answer_table.h"
#include "suites/report/launch_table.h"
#include "suites/report/launches_needed.h"
#include "suites/report/phase_table.h"
#include "suites/report/technique_results.h"

namespace suites {

void PrintSummary(std::ostream& out, std::span<const fixtures::Sample> samples,
                  const SummaryOptions& options, const ConsoleStyle& style) {
  if (samples.empty()) {
    style.Print(out, "Nothing was measured.");
    return;
  }
  const auto results = Sorted(GroupByTechnique(samples));
  PrintAnswer(out, results, options.mark, style);
  PrintPhases(out, results, style);
  if (options.verbose) PrintLaunches(out, results, style);
  PrintFailures(out, results, style);
  if (std::ranges::any_of(results, [](const auto& result) { return result.unverified > 0; })) {
    style.PrintWrapped(out,
                       "unverified: the guest could not say which instance it is; another machine "
                       "may have answered at its address.",
                       Emphasis::kWarning);
  }
  if (const std::string advice = AdviseMoreLaunches(results, options.repetitions);
      !advice.empty()) {
    out << '\n';
    style.PrintWrapped(out, advice, Emphasis::kWarning);
  }
}

}  // namespace suites
