// Which files the arguments mean.
#pragma once

#include <string>
#include <vector>

#include "compare/input/run.h"

namespace launch_compare {

// One side's files: each path as it is, a directory as all regular files *.json and
// *.json.gz in it, by name.
// Throws InputError for a directory without any.
std::vector<std::string> FilesOf(const std::vector<std::string>& paths);

// As ReadBenchmarkFiles, but a .jsonl of single launches is refused with the name of the results
// beside it, and standard input ("-") can be meant once only.
std::vector<BenchmarkRun> ReadRuns(const std::vector<std::string>& paths);

}  // namespace launch_compare
