// Durations as people write them: "20ms", "1.5s", "0".
#pragma once

#include <chrono>
#include <string>

namespace localcloud {

// Accepts the units us, ms and s (a bare number is in ms), and values from 0 to one hour. Throws
// std::runtime_error with a message that starts with `what` if `text` is no such duration.
std::chrono::nanoseconds ParseDuration(const std::string& text, const std::string& what);

}  // namespace localcloud
