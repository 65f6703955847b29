// What the progress line says.
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
  int failed = 0;  // of those
  int total = 0;
  int in_flight = 0;
  std::vector<std::string> preparing;  // techniques
  std::optional<std::chrono::seconds> left;
  std::optional<double> usd;  // of the launches that have ended, at list price
};

// "1:23  12 of 78 launches, 1 failed, about 4 min left, 0.034 USD, 8 in flight": at most `width`
// columns; what does not fit is left out, from the end.
std::string DescribeProgress(const ProgressState& state, std::size_t width);

// The launches of one technique.
struct TechniqueWork {
  int finished = 0;  // within `measuring`
  int left = 0;
  double mean_ms = 0;  // of those that finished; 0: not known
  bool exclusive = false;
};

// How long the rest takes if it goes on as it did in `measuring`: each launch is as long as others
// of its technique, `concurrency` at a time unless it is exclusive. Nothing as long as no launch
// has succeeded.
std::optional<std::chrono::seconds> EstimateLeft(const std::vector<TechniqueWork>& work,
                                                 int concurrency,
                                                 std::chrono::milliseconds measuring);

}  // namespace suites
