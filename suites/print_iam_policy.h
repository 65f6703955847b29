// ./launch_bench --print_iam_policy
#pragma once

#include "suites/command/command_line.h"

namespace suites {

// Prints the permissions that a run with this command line needs, as a policy in IAM's language.
// Throws UsageError if one policy cannot hold them.
void PrintIamPolicy(const CommandLine& line);

}  // namespace suites
