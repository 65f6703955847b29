#include "localcloud/loop/wildcard.h"

#include <gtest/gtest.h>

namespace localcloud {
namespace {

TEST(Wildcards, StarsQuestionMarksAndBackslashes) {
  EXPECT_TRUE(MatchesWildcard("abc", "abc"));
  EXPECT_FALSE(MatchesWildcard("abc", "abcd"));
  EXPECT_FALSE(MatchesWildcard("abc", "ab"));
  EXPECT_TRUE(MatchesWildcard("*", ""));
  EXPECT_TRUE(MatchesWildcard("*", "anything"));
  EXPECT_TRUE(MatchesWildcard("a*c", "abbbc"));
  EXPECT_TRUE(MatchesWildcard("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(MatchesWildcard("a*b*c", "aXcYb"));
  EXPECT_TRUE(MatchesWildcard("a?c", "abc"));
  EXPECT_FALSE(MatchesWildcard("a?c", "ac"));
  EXPECT_TRUE(MatchesWildcard("a\\*c", "a*c"));
  EXPECT_FALSE(MatchesWildcard("a\\*c", "abc"));
  EXPECT_TRUE(MatchesWildcard("*\\?", "what?"));
  EXPECT_TRUE(MatchesWildcard("\\\\", "\\"));
  EXPECT_FALSE(MatchesWildcard("", "a"));
}

}  // namespace
}  // namespace localcloud
