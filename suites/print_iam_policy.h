// ./launch_bench --print_iam_policy
#pragma once

#include "suites/command/command_line.h"

namespace suites {

// Prints the permissions that a run with this command line needs, as an IAM policy (JSON). Throws
// UsageError if they do not fit into one policy.
void PrintIamPolicy(const CommandLine& line);

}  // namespace suites
