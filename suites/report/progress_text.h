// The text of the progress line.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace suites {

struct ProgressState {
  std::chrono::seconds elapsed{};
  int finished = 0;
  int failed = 0;  // included in `finished`
  int total = 0;
  int in_flight = 0;
  std::vector<std::string> preparing;  // techniques
  std::optional<std::chrono::seconds> left;
  std::optional<double> usd;  // what the run has cost so far, at list price
};

// Returns "1:23  12 of 78 launches, 1 failed, about 4 min left, 0.034 USD, 8 in flight". If that is
// longer than `width` columns, parts are removed from the end.
std::string DescribeProgress(const ProgressState& state, std::size_t width);

// The launches of one technique.
struct TechniqueWork {
  int finished = 0;  // within `measuring`
  int left = 0;
  double mean_ms = 0;  // of the finished launches; 0 if not known
  bool exclusive = false;
};

// Returns how long the rest of the run takes if it continues as it did in `measuring`. Assumes that
// each launch takes as long as others of its technique, and that `concurrency` launches overlap
// unless they are exclusive. Returns nullopt until a launch has succeeded.
std::optional<std::chrono::seconds> EstimateLeft(const std::vector<TechniqueWork>& work,
                                                 int concurrency,
                                                 std::chrono::milliseconds measuring);

}  // namespace suites
