#include "suites/console_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "suites/error_hints.h"
#include "suites/json_report.h"
#include "suites/launch_label.h"
#include "suites/message.h"

namespace suites {
namespace {

using Run = benchmark::BenchmarkReporter::Run;

constexpr int kColumnWidth = 20;

std::string Milliseconds(double value) { return fmt::format("{:.1f}", value); }

std::string PhaseCell(const Run& run, const std::string& phase) {
  const auto value = run.counters.find(phase + "_ms");
  if (value == run.counters.end()) return "-";
  std::string cell = Milliseconds(value->second);
  const auto resolution = run.counters.find(phase + "_resolution_ms");
  if (resolution != run.counters.end() && resolution->second > 0) {
    cell += fmt::format(" (-{})", Milliseconds(resolution->second));
  }
  return cell;
}

void PrintHeaderRow(std::ostream& out, const std::string& name, const LaunchLabel& label) {
  std::string row = fmt::format("{:<28}{:>12}", name, "total ms");
  for (const std::string& phase : label.phases) row += fmt::format("{:>{}}", phase, kColumnWidth);
  PrintLine(out, row);
}

void PrintRow(std::ostream& out, const Run& run, const LaunchLabel& label) {
  std::string row = fmt::format("  launch {:<19}{:>12}", run.repetition_index + 1,
                                Milliseconds(run.GetAdjustedRealTime()));
  for (const std::string& phase : label.phases)
    row += fmt::format("{:>{}}", PhaseCell(run, phase), kColumnWidth);
  if (label.unverified) row += "   unverified";
  PrintLine(out, row);
}

}  // namespace

bool ConsoleReport::ReportContext(const Context& /*context*/) {
  for (const std::string& line : header_) PrintLine(GetOutputStream(), line);
  GetOutputStream() << std::endl;
  return true;
}

void ConsoleReport::ReportRuns(const std::vector<Run>& runs) {
  std::ostream& out = GetOutputStream();
  bool headed = false;
  bool unverified = false;
  std::set<std::string> hints;
  for (const Run& run : runs) {
    if (run.run_type == Run::RT_Aggregate || run.error_message == kInterruptedMessage) continue;
    const LaunchLabel label = ReadLaunchLabel(run.report_label);
    if (!headed) PrintHeaderRow(out, run.run_name.function_name.substr(prefix_.size()), label);
    headed = true;
    if (run.error_occurred) {
      PrintLine(out, fmt::format("  launch {:<19}failed: {}", run.repetition_index + 1,
                                 run.error_message));
      if (auto hint = HintFor(run.error_message); !hint.empty()) hints.insert(std::move(hint));
    } else {
      PrintRow(out, run, label);
      unverified = unverified || label.unverified;
    }
  }
  if (unverified) {
    PrintLine(
        out,
        "  unverified: the guest could not say which instance it is; another machine may have "
        "answered at its address");
  }
  for (const std::string& hint : hints) PrintLine(out, "  hint: " + hint);
  if (headed) out << std::endl;
}

}  // namespace suites
