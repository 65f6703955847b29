#include "suites/report/console_report.h"

#include <ostream>

#include "suites/report/progress_line.h"

namespace suites {

bool ConsoleReport::ReportContext(const Context& /*context*/) {
  for (const Line& line : header_) style_.PrintWrapped(GetOutputStream(), line.text, line.emphasis);
  GetOutputStream() << std::endl;
  return true;
}

bool PausingReport::ReportContext(const Context& context) {
  const ProgressPause pause;
  const bool go_on = inner_->ReportContext(context);
  inner_->GetOutputStream().flush();
  return go_on;
}

void PausingReport::ReportRuns(const std::vector<Run>& runs) {
  const ProgressPause pause;
  inner_->ReportRuns(runs);
  inner_->GetOutputStream().flush();
}

void PausingReport::Finalize() {
  const ProgressPause pause;
  inner_->Finalize();
  inner_->GetOutputStream().flush();
}

}  // namespace suites
