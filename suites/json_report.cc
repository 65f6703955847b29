#include "suites/json_report.h"

#include <cmath>

namespace suites {

void JsonReport::ReportRuns(const std::vector<Run>& runs) {
  std::vector<Run> written;
  for (const Run& run : runs) {
    if (run.error_occurred && run.error_message == kInterruptedMessage) continue;
    written.push_back(run);
    Run& copy = written.back();
    std::erase_if(copy.counters,
                  [](const auto& counter) { return !std::isfinite(counter.second.value); });
    if (!std::isfinite(copy.cpu_accumulated_time)) copy.cpu_accumulated_time = 0;
    if (!std::isfinite(copy.real_accumulated_time)) copy.real_accumulated_time = 0;
  }
  if (!written.empty()) benchmark::JSONReporter::ReportRuns(written);
}

}  // namespace suites
