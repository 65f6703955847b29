// Reads a Google Benchmark JSON file.
#pragma once

#include <string>
#include <vector>

#include "compare/input/run.h"

namespace launch_compare {

// Reads a file of any program, with or without repetitions, aggregates, counters and labels. Also
// reads bare NaN and Infinity: the library writes them although JSON has no such values. Throws
// InputError if the file is unreadable, empty, truncated or not a Google Benchmark file, if two
// benchmarks have the same name, or if there are no results. For invalid JSON the message names the
// likely cause: a decimal comma, Latin-1, ...
BenchmarkRun ReadBenchmarkFile(const std::string& path);

// Reads all files in parallel, because parsing is most of the work. Throws as above.
std::vector<BenchmarkRun> ReadBenchmarkFiles(const std::vector<std::string>& paths);

// Parses the content of a file. `path` is for messages.
BenchmarkRun ParseBenchmarkJson(std::string text, const std::string& path);

}  // namespace launch_compare
