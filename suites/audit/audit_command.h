// ./launch_bench audit: runs a command against a local cloud, and reports how late it noticed what
// happened there.
#pragma once

#include "suites/command/audit_line.h"
#include "suites/run/interrupt.h"

namespace suites {

// Prints the report on standard error, because standard output is the command's. Returns the exit
// status (AuditHelpText()). Throws UsageError, aws::Error or std::runtime_error, each with one line
// for the user, if the command was not started.
int RunAudit(const AuditLine& line, Interrupt* interrupt);

}  // namespace suites
