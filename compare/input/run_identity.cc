#include "compare/input/run_identity.h"

#include <fmt/format.h>

#include <cstddef>
#include <filesystem>
#include <system_error>

#include "compare/input/input_error.h"

namespace launch_compare {
namespace {

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code error;
  return std::filesystem::is_regular_file(a, error) && std::filesystem::equivalent(a, b, error);
}

void RefuseRepeats(const std::vector<BenchmarkRun>& side) {
  for (std::size_t i = 0; i < side.size(); ++i) {
    for (std::size_t j = i + 1; j < side.size(); ++j) {
      if (!IsSameRun(side[i], side[j])) continue;
      throw InputError(side[i].path == side[j].path
                           ? side[i].path + ": is given twice on one side: a run counts once"
                           : fmt::format("{}: is the same run as {} on the same side: a run counts "
                                         "once",
                                         side[j].path, side[i].path));
    }
  }
}

}  // namespace

bool IsSameRun(const BenchmarkRun& a, const BenchmarkRun& b) {
  const std::string_view id = a.context_value("run_id");
  return a.content_hash == b.content_hash || (!id.empty() && id == b.context_value("run_id")) ||
         IsSameFile(a.path, b.path);
}

bool IsItself(const std::vector<BenchmarkRun>& baseline,
              const std::vector<BenchmarkRun>& candidate) {
  RefuseRepeats(baseline);
  RefuseRepeats(candidate);
  for (const BenchmarkRun& b : baseline) {
    for (const BenchmarkRun& c : candidate) {
      if (!IsSameRun(b, c)) continue;
      if (baseline.size() == 1 && candidate.size() == 1) return true;
      throw InputError(fmt::format("{}: is the same run as {} on the other side: a run counts once",
                                   c.path, b.path));
    }
  }
  return false;
}

}  // namespace launch_compare
