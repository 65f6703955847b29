// A modelled duration: a distribution from which durations are drawn with a seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace localcloud {

// All values are in milliseconds. Drawn values are at least `floor_ms` and never negative.
struct Distribution {
  enum class Shape {
    kConstant,   // center_ms
    kNormal,     // mean center_ms, standard deviation spread (ms)
    kLognormal,  // median center_ms, spread is the sigma of the logarithm
  };
  Shape shape = Shape::kConstant;
  double center_ms = 0;
  double spread = 0;
  double floor_ms = 0;

  // Returns the same duration for the same seed and key, whatever was drawn before. A draw belongs
  // to the thing that `key` names ("us-west-2/launch/ami-1/m7i.large/3/pending_to_running"), not to
  // the order in which calls happen to arrive.
  std::chrono::nanoseconds Draw(std::uint64_t seed, std::string_view key) const;
};

}  // namespace localcloud
