// Reads a Google Benchmark JSON file.
#pragma once

#include <string>
#include <vector>

#include "compare/input/run.h"

namespace launch_compare {

// Any program's file, with or without repetitions, aggregates, counters and labels; bare NaN and
// Infinity, which the library writes although JSON has no such values, are understood. Throws
// InputError: unreadable, empty, truncated, no Google Benchmark file (with the likely cause: a
// decimal comma, Latin-1, ...), two benchmarks of one name, no result at all.
BenchmarkRun ReadBenchmarkFile(const std::string& path);

// All at once, each in a thread of its own: parsing is most of the work.
std::vector<BenchmarkRun> ReadBenchmarkFiles(const std::vector<std::string>& paths);

// The same from memory. `text` is used as scratch space; `path` is for messages.
BenchmarkRun ParseBenchmarkJson(std::string text, const std::string& path);

}  // namespace launch_compare
