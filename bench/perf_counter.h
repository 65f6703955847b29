// What the kernel counts of the calling thread (perf_event_open).
#pragma once

#include <cstdint>
#include <optional>

#include "aws/unique_fd.h"

namespace bench {

// Not thread-safe: counts the thread that constructed it.
class PerfCounter {
 public:
  enum class Event {
    kInstructions,  // in user space
    kSystemCalls,
  };
  // If the kernel does not permit it (containers, virtual machines without a PMU), Read() returns
  // nullopt.
  explicit PerfCounter(Event event);

  std::optional<std::int64_t> Read() const;

 private:
  aws::UniqueFd fd_;
};

}  // namespace bench
