// From the command line's arguments to runs.
#pragma once

#include <string>
#include <vector>

#include "compare/input/run.h"

namespace launch_compare {

// Returns the files of one side. A directory becomes all of its regular files *.json and *.json.gz,
// sorted by name. Other paths stay as they are. Throws InputError for a directory without such
// files.
std::vector<std::string> FilesOf(const std::vector<std::string>& paths);

// As ReadBenchmarkFiles, but also throws InputError in two cases: for a .jsonl file of single
// launches (the message names the results file beside it), and if "-" (standard input) is given
// more than once.
std::vector<BenchmarkRun> ReadRuns(const std::vector<std::string>& paths);

}  // namespace launch_compare
