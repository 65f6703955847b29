#include "suites/harness/json_report.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "aws/printable.h"
#include "fixtures/launch/launch_fixture.h"
#include "suites/harness/library_version.h"

namespace suites {
namespace {

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

bool JsonReport::ReportContext(const Context& context) {
  std::ostream& out = GetOutputStream();
  std::ostringstream text;
  SetOutputStream(&text);
  const bool go_on = benchmark::JSONReporter::ReportContext(context);
  SetOutputStream(&out);
  // Our keys come first, right after the opening brace.
  static constexpr std::string_view kOpening = "\"context\": {\n";
  const std::string whole = text.str();
  const std::size_t inside = whole.find(kOpening) + kOpening.size();
  out << whole.substr(0, inside);
  for (const auto& [key, value] : context_) {
    out << "    " << Quoted(key) << ": " << Quoted(value) << ",\n";
  }
  out << whole.substr(inside);
  return go_on;
}

void JsonReport::ReportRuns(const std::vector<Run>& runs) {
  std::vector<Run> written;
  for (const Run& run : runs) {
    if (HasFailed(run) && FailureMessage(run) == fixtures::kInterruptedMessage) continue;
    written.push_back(run);
    Run& copy = written.back();
    // The library escapes only quotes and line ends; other control characters would make the JSON
    // invalid.
    FailureMessage(copy) = aws::Printable(FailureMessage(copy));
    copy.run_name.function_name.erase(0, prefix_.size());
    std::erase_if(copy.counters,
                  [](const auto& counter) { return !std::isfinite(counter.second.value); });
    if (!std::isfinite(copy.cpu_accumulated_time)) copy.cpu_accumulated_time = 0;
    if (!std::isfinite(copy.real_accumulated_time)) copy.real_accumulated_time = 0;
  }
  if (!written.empty()) benchmark::JSONReporter::ReportRuns(written);
}

}  // namespace suites
