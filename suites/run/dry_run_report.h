// The report of a dry run: as text, and as JSON.
#pragma once

#include <iosfwd>
#include <string>

#include "fixtures/region/launch_options.h"
#include "suites/run/dry_run.h"

namespace suites {

void PrintDryRun(std::ostream& out, const DryRunReport& report,
                 const fixtures::LaunchOptions& options);

// Returns {"context": {...}, "dry_run": {...}}. docs/dry-run.md lists the members.
std::string DryRunJson(const DryRunReport& report);

}  // namespace suites
