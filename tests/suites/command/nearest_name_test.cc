#include "suites/command/nearest_name.h"

#include <gtest/gtest.h>

namespace suites {
namespace {

TEST(NearestNameTest, EachMistakeCountsOnce) {
  EXPECT_EQ(EditDistance("region", "region"), 0);
  EXPECT_EQ(EditDistance("regoin", "region"), 1) << "two letters swapped";
  EXPECT_EQ(EditDistance("regin", "region"), 1);
  EXPECT_EQ(EditDistance("regiion", "region"), 1);
  EXPECT_EQ(EditDistance("rebion", "region"), 1);
  EXPECT_EQ(EditDistance("cold", "COLD"), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("ca", "abc"), 3) << "swapped letters are not edited again";
}

TEST(NearestNameTest, WhatIsFarFromAllIsNotGuessed) {
  const std::vector<std::string> names{"cloud", "region", "concurrency", "benchmark_repetitions"};
  EXPECT_EQ(NearestName("concurency", names), "concurrency");
  EXPECT_EQ(NearestName("claud", names), "cloud");
  EXPECT_EQ(NearestName("repetitions", names), "benchmark_repetitions");
  EXPECT_EQ(NearestName("nonsense", names), "");
  EXPECT_EQ(NearestName("", names), "");
  EXPECT_EQ(NearestName(".", {"4", "a"}), "") << "nothing of it is left";
  EXPECT_EQ(NearestName(std::string(100'000, 'a'), names), "");
  EXPECT_EQ(DidYouMean("claud", names, "--"), "; did you mean --cloud?");
  EXPECT_EQ(DidYouMean("nonsense", names), "");
}

}  // namespace
}  // namespace suites
