#include "bench/perf_counter.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>

namespace bench {
namespace {

// Returns the number of the kernel's tracepoint at the entry of each system call.
std::optional<std::uint64_t> SystemCallTracepoint() {
  for (const char* path : {"/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
                           "/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id"}) {
    std::uint64_t id = 0;
    if (std::ifstream(path) >> id) return id;
  }
  return std::nullopt;
}

}  // namespace

PerfCounter::PerfCounter(Event event) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  if (event == Event::kInstructions) {
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
  } else {
    const auto tracepoint = SystemCallTracepoint();
    if (!tracepoint) return;
    attributes.type = PERF_TYPE_TRACEPOINT;
    attributes.config = *tracepoint;
  }
  // This thread, on any processor.
  fd_ = aws::UniqueFd(
      static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
}

std::optional<std::int64_t> PerfCounter::Read() const {
  std::int64_t value = 0;
  if (!fd_ || read(fd_.get(), &value, sizeof value) != sizeof value) return std::nullopt;
  return value;
}

}  // namespace bench
