// Hides the differences between the supported versions of Google Benchmark, 1.7 to 1.9. Only this
// file uses the members that differ.
#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <type_traits>

namespace suites {

// Up to 1.7 a run has error_occurred and error_message; since 1.8 it has skipped and skip_message.
template <typename Run>
bool HasFailed(const Run& run) {
  if constexpr (requires { run.error_occurred; }) {
    return run.error_occurred;
  } else {
    return run.skipped == std::remove_cvref_t<decltype(run.skipped)>::SkippedWithError;
  }
}

// Returns why `run` failed. The result can be assigned to if `run` is not const.
template <typename Run>
auto& FailureMessage(Run& run) {
  if constexpr (requires { run.error_message; }) {
    return run.error_message;
  } else {
    return run.skip_message;
  }
}

template <typename Run>
void SetFailed(Run* run, const std::string& message) {
  if constexpr (requires { run->error_occurred; }) {
    run->error_occurred = true;
  } else {
    run->skipped = std::remove_cvref_t<decltype(run->skipped)>::SkippedWithError;
  }
  FailureMessage(*run) = message;
}

}  // namespace suites
