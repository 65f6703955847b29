// Whether several samples have one location: the Kruskal-Wallis test, by permutation.
#pragma once

#include <cstdint>
#include <vector>

namespace launch_compare {

// The p-value of the Kruskal-Wallis statistic among `permutations` random assignments of the pooled
// values to groups of the same sizes, and the observed one: never zero, and repeatable, because the
// generator starts from `seed`. At least two groups, none empty; no NaN; +infinity stands for a
// failed launch.
double KruskalWallisP(const std::vector<std::vector<double>>& groups, int permutations = 9999,
                      std::uint64_t seed = 1);

}  // namespace launch_compare
