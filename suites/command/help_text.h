// --help: every flag in its group, examples, the techniques; 80 columns.
#pragma once

#include <string>

namespace suites {

// The groups of flags.
inline constexpr char kTargetGroup[] = "Target";
inline constexpr char kLaunchGroup[] = "What to launch";
inline constexpr char kMeasureGroup[] = "How to measure";
inline constexpr char kLimitsGroup[] = "Limits";
inline constexpr char kResultsGroup[] = "Results";
inline constexpr char kLocalGroup[] = "Local cloud";
inline constexpr char kOtherGroup[] = "Instead of a run";

std::string HelpText();
// Of ./launch_bench audit.
std::string AuditHelpText();

}  // namespace suites
