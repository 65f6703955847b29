// Times of day, with which the kernel and QEMU stamp what they report, on the clock of the truth.
#pragma once

#include <chrono>

#include "localcloud/machine/machine.h"

namespace localcloud {

// Converts a time since the epoch (CLOCK_REALTIME); never returns a time after now. Both clocks run
// at the same rate, so one look at both converts it, unless the time of day was set in between. The
// look adds an error of less than 20 us, unless this thread is interrupted five times in a row
// between two readings.
Clock::time_point MonotonicOf(std::chrono::nanoseconds time_of_day);

}  // namespace localcloud
