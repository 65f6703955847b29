// The report of ./launch_bench audit.
#pragma once

#include <string>
#include <vector>

#include "suites/audit/judgement.h"
#include "suites/command/local_cloud_settings.h"

namespace suites {

// The command, and how it ended.
struct AuditedRun {
  std::vector<std::string> command;
  LocalCloudSettings cloud;
  int status = 0;  // exit status; 128 + signal if a signal ended it
  int signal = 0;  // the signal that ended it; 0: none
  double duration_ms = 0;
};

// Returns lines of at most 80 columns, each with a line end. (Words of the command may be longer.)
std::string AuditText(const Audit& audit, const AuditedRun& run);

// Returns the JSON object that docs/reference.md describes, with a line end.
std::string AuditJson(const Audit& audit, const AuditedRun& run);

}  // namespace suites
