#include "suites/harness/matched_fixtures.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "suites/command/command_line.h"
#include "suites/harness/library_flags.h"

namespace suites {
namespace {

using fixtures::LaunchFixture;

// In list mode the library writes names to the reporter's stream and reports no run.
class NameCollector : public benchmark::BenchmarkReporter {
 public:
  NameCollector() {
    SetOutputStream(&names_);
    SetErrorStream(&errors_);
  }
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& /*runs*/) override {}

  std::vector<std::string> names() {
    std::vector<std::string> lines;
    for (std::string line; std::getline(names_, line);) lines.push_back(line);
    return lines;
  }
  // Not empty if the filter is not a regular expression, or matches nothing.
  std::string errors() const { return errors_.str(); }

 private:
  std::stringstream names_;
  std::stringstream errors_;
};

std::vector<std::string> ListNames(std::vector<std::string> arguments) {
  arguments.emplace_back("--benchmark_list_tests=true");
  arguments.emplace_back("--benchmark_out=");  // the library would open that file for a list too
  SetLibraryFlags(arguments);
  NameCollector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  const std::string errors = collector.errors();
  if (errors.starts_with("Could not compile")) {
    throw UsageError(
        "--benchmark_filter is not a regular expression: " + errors.substr(0, errors.find('\n')) +
        " (a regular expression, not a shell pattern: to select all, leave the flag "
        "out)");
  }
  return collector.names();
}

// Returns the library's names of `registered`, in the same order: each fixture is one benchmark,
// and the library lists them in the order in which they were registered.
std::vector<std::string> NamesOf(std::vector<std::string> arguments,
                                 const std::vector<LaunchFixture*>& registered) {
  arguments.emplace_back("--benchmark_filter=.");
  std::vector<std::string> names = ListNames(arguments);
  if (names.size() < registered.size())
    throw std::logic_error("Google Benchmark lists fewer benchmarks than were registered");
  names.erase(names.begin(), names.end() - std::ssize(registered));
  return names;
}

}  // namespace

std::vector<MatchedFixture> MatchFixtures(const std::vector<std::string>& arguments,
                                          const std::vector<LaunchFixture*>& registered) {
  const std::vector<std::string> names = NamesOf(arguments, registered);
  std::vector<MatchedFixture> matched;
  for (const std::string& name : ListNames(arguments)) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) continue;  // it belongs to the other arm
    matched.push_back({registered.at(static_cast<std::size_t>(found - names.begin())), name});
  }
  std::vector<std::string> running = arguments;
  running.emplace_back("--benchmark_list_tests=false");
  SetLibraryFlags(running);
  return matched;
}

void NameArm(const std::string& arm, const std::vector<LaunchFixture*>& registered) {
  for (LaunchFixture* fixture : registered) fixture->PrefixName(ArmPrefix(arm));
}

std::string ArmPrefix(const std::string& arm) { return arm.empty() ? "" : arm + ": "; }

}  // namespace suites
