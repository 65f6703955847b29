// launch_bench: options, suites, run.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "aws/iam_policy.h"
#include "suites/cleanup_command.h"
#include "suites/command_line.h"
#include "suites/interrupt.h"
#include "suites/launch_run.h"
#include "suites/library_arguments.h"
#include "suites/suites.h"

namespace {

using suites::CommandLine;

// The fixtures behind the names that the library matched, in its order.
std::vector<fixtures::LaunchFixture*> Select(const std::vector<fixtures::LaunchFixture*>& all,
                                             const std::vector<std::string>& names) {
  std::vector<fixtures::LaunchFixture*> selected;
  for (const std::string& name : names) {
    for (auto* fixture : all) {
      if (name.starts_with(fixture->technique() + "/iterations:")) selected.push_back(fixture);
    }
  }
  return selected;
}

int Main(const std::vector<std::string>& arguments, suites::Interrupt* interrupt) {
  const CommandLine line = suites::ParseCommandLine(arguments);
  if (line.show_help) {
    std::cout << suites::HelpText();
    return suites::kAllMeasured;
  }
  if (line.print_iam_policy) {
    std::cout << aws::IamPolicy() << '\n';
    return suites::kAllMeasured;
  }
  if (line.cleanup != CommandLine::Cleanup::kNo) return suites::RunCleanup(line);
  const auto all = suites::RegisterAllSuites(line.launch);
  const auto names = suites::MatchedNames(suites::LibraryArguments(line.benchmark_arguments));
  if (names.empty()) {
    throw suites::UsageError(
        "no benchmark matches --benchmark_filter (a regular expression); --benchmark_list_tests "
        "lists them");
  }
  if (line.list_tests) {
    for (const std::string& name : names) std::cout << name << '\n';
    return suites::kAllMeasured;
  }
  return suites::LaunchRun(line, Select(all, names), interrupt).Run();
}

}  // namespace

int main(int argc, char** argv) {
  suites::Interrupt interrupt;
  try {
    return Main({argv, argv + argc}, &interrupt);
  } catch (const std::exception& error) {
    if (*error.what() != '\0') std::fprintf(stderr, "launch_bench: %s\n", error.what());
    return interrupt.requested() ? suites::kInterrupted : suites::kBadSetUp;
  }
}
