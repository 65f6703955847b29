// The Kruskal-Wallis test, by permutation: do several samples have the same location?
#pragma once

#include <cstdint>
#include <vector>

namespace launch_compare {

// Returns the p-value: the share of assignments whose statistic is at least the observed one, among
// `permutations` random assignments of the pooled values to groups of the same sizes, plus the
// observed one. So it is never zero. It is repeatable, because the generator starts from `seed`.
// Requires: at least two groups, none of them empty; no NaN. +infinity stands for a failed launch.
double KruskalWallisP(const std::vector<std::vector<double>>& groups, int permutations = 9999,
                      std::uint64_t seed = 1);

}  // namespace launch_compare
