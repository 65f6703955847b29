// Durations as people write them: "20ms", "1.5s", "0".
#pragma once

#include <chrono>
#include <string>

namespace localcloud {

// Units us, ms (also for a bare number) and s; between 0 and an hour. Throws std::runtime_error,
// naming `what`.
std::chrono::nanoseconds ParseDuration(const std::string& text, const std::string& what);

}  // namespace localcloud
