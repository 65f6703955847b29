// launch_bench's exit codes (docs/reference.md).
#pragma once

namespace suites {

inline constexpr int kAllMeasured = 0;
inline constexpr int kSomeFailed = 1;
inline constexpr int kBadSetUp = 2;
inline constexpr int kInterrupted = 130;

}  // namespace suites
