#include "suites/run/hindrances.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "suites/command/command_line.h"

namespace suites {

void RefuseHindered(const std::vector<fixtures::LaunchFixture*>& matched,
                    const fixtures::LaunchOptions& options) {
  std::vector<std::string> hindrances;
  std::vector<std::string> hindered;
  for (const auto* fixture : matched) {
    const std::string hindrance = fixture->hindrance(options);
    if (hindrance.empty()) continue;
    if (std::ranges::find(hindrances, hindrance) == hindrances.end())
      hindrances.push_back(hindrance);
    hindered.push_back(fixture->technique());
  }
  if (hindered.empty()) return;
  throw UsageError(fmt::format("{}; leave {} out of --benchmark_filter",
                               fmt::join(hindrances, "; "), fmt::join(hindered, ", ")));
}

}  // namespace suites
