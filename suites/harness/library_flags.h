// Sets Google Benchmark's flags.
#pragma once

#include <string>
#include <vector>

namespace suites {

// Calls benchmark::Initialize. `arguments` are the program's name, then flags. If a flag is given
// twice, the last one wins. A flag keeps its value from an earlier call until a later call sets it.
// Throws UsageError if the library does not know a flag.
void SetLibraryFlags(std::vector<std::string> arguments);

}  // namespace suites
