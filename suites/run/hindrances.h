// Benchmarks that the flags exclude, whatever the account.
#pragma once

#include <vector>

#include "fixtures/launch/launch_fixture.h"
#include "fixtures/region/launch_options.h"

namespace suites {

// Throws UsageError, which names the flag and the benchmarks, if any of `matched` cannot be
// measured with `options`.
void RefuseHindered(const std::vector<fixtures::LaunchFixture*>& matched,
                    const fixtures::LaunchOptions& options);

}  // namespace suites
