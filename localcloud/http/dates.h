// Formats times as AWS's services do.
#pragma once

#include <chrono>
#include <string>

namespace localcloud {

// ISO 8601 with milliseconds: "2026-01-02T03:04:05.678Z".
std::string FormatTime(std::chrono::system_clock::time_point at);
// The format of HTTP headers: "Fri, 02 Jan 2026 03:04:05 GMT".
std::string HttpDate(std::chrono::system_clock::time_point at);

}  // namespace localcloud
