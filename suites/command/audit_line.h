// The command line of ./launch_bench audit [FLAG...] -- COMMAND...
#pragma once

#include <string>
#include <vector>

#include "suites/command/local_cloud_settings.h"

namespace suites {

struct AuditLine {
  bool show_help = false;
  LocalCloudSettings local;
  std::string out;                   // --benchmark_out; empty if not given
  std::vector<std::string> command;  // the program and its arguments; empty with --help
};

// Returns true if `arguments` (starting with the program's name) ask for an audit.
bool IsAudit(const std::vector<std::string>& arguments);

// Requires: IsAudit(arguments). Throws UsageError if they are not valid.
AuditLine ParseAuditLine(const std::vector<std::string>& arguments);

}  // namespace suites
