// Google Benchmark's own flags.
#pragma once

#include <string>
#include <vector>

namespace suites {

// Calls benchmark::Initialize. `arguments`: the program's name, then flags; of a flag given twice
// the last one wins. A flag that was set by an earlier call keeps its value until a later call sets
// it. Throws UsageError if the library does not know a flag.
void SetLibraryFlags(std::vector<std::string> arguments);

}  // namespace suites
