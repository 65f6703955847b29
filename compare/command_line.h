// launch_compare's command line.
#pragma once

#include <string>
#include <vector>

namespace launch_compare {

struct CommandLine {
  enum class Command { kHelp, kVersion, kCompare, kTable, kFilters };

  Command command = Command::kCompare;
  std::vector<std::string> files;
  std::vector<std::string> baseline;
  std::vector<std::string> candidate;
  std::string benchmark_filter;
  std::string max_regression = "5%";
  double max_regression_ms = 0;
  double alpha = 0.05;
  std::string slo;  // empty: the baseline's p95
  bool gate = false;
  bool gate_tail = false;
  std::string on_undecided = "pass";
  std::string policy;
  std::vector<std::string> expect_difference;
  bool across_contexts = false;
  std::string format = "terminal";
  std::string output;
};

// If a flag is given twice, the last one wins. Throws InputError: one line that names the flag, and
// the nearest valid one if it is misspelt.
CommandLine ParseCommandLine(const std::vector<std::string>& arguments);

// Returns the text of --help, at most 80 columns wide.
std::string HelpText();

}  // namespace launch_compare
