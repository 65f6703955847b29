#include "localcloud/model/distribution.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace localcloud {
namespace {

// FNV-1a, 64 bit: mixes the key into the seed. (std::hash may differ between standard libraries.)
std::uint64_t HashKey(std::uint64_t seed, std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325u ^ seed;
  for (const char c : key) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return hash;
}

// SplitMix64: consecutive outputs of one state are independent enough for any use here.
std::uint64_t NextRandom(std::uint64_t* state) {
  *state += 0x9e3779b97f4a7c15u;
  std::uint64_t z = *state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// Returns a number in (0, 1], so that its logarithm is finite.
double UnitInterval(std::uint64_t bits) {
  return (static_cast<double>(bits >> 11) + 1.0) * 0x1.0p-53;
}

// Uses the Box-Muller transform.
double StandardNormal(std::uint64_t seed, std::string_view key) {
  std::uint64_t state = HashKey(seed, key);
  const double radius = std::sqrt(-2.0 * std::log(UnitInterval(NextRandom(&state))));
  return radius * std::cos(2.0 * std::numbers::pi * UnitInterval(NextRandom(&state)));
}

// One day. A wide distribution can draw more than a duration can hold.
constexpr double kLongestMs = 86'400'000;

}  // namespace

std::chrono::nanoseconds Distribution::Draw(std::uint64_t seed, std::string_view key) const {
  double ms = center_ms;
  if (shape == Shape::kNormal) ms += spread * StandardNormal(seed, key);
  if (shape == Shape::kLognormal) ms *= std::exp(spread * StandardNormal(seed, key));
  ms = std::min(std::max({ms, floor_ms, 0.0}), kLongestMs);
  return std::chrono::nanoseconds(std::llround(ms * 1e6));
}

}  // namespace localcloud
