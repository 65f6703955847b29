#include "suites/command/known_places.h"

#include <gtest/gtest.h>

#include "suites/report/error_hints.h"

namespace suites {
namespace {

TEST(KnownPlacesTest, TheTypeThatIsMeant) {
  EXPECT_EQ(NearestInstanceType("The following supplied instance types do not exist: [m7i.lrage]"),
            "m7i.large");
  EXPECT_EQ(NearestInstanceType("'m7ii.large'"), "m7i.large");
  EXPECT_EQ(NearestInstanceType("t3.meduim"), "t3.medium");
  EXPECT_EQ(NearestInstanceType("m7j.large"), "m7i.large") << "and not m7a or m7g";
  EXPECT_EQ(NearestInstanceType("m7i.large is not offered here"), "") << "it is spelt right";
  EXPECT_EQ(NearestInstanceType("zz99.enormous"), "");
  EXPECT_EQ(NearestInstanceType("no type at all"), "");
}

TEST(KnownPlacesTest, TheRegionThatIsMeant) {
  EXPECT_EQ(NearestRegion("at https://ec2.su-west-2.amazonaws.com: no such host"), "us-west-2");
  EXPECT_EQ(NearestRegion("at https://ec2.us-west-2.amazonaws.com: no such host"), "");
  EXPECT_EQ(NearestRegion("there are us-west-2 and us-east-1, not 'su-east-1'"), "us-east-1");
  EXPECT_EQ(NearestRegion("at http://localhost:1"), "");
}

TEST(KnownPlacesTest, HintsNameThem) {
  EXPECT_EQ(HintFor("DescribeInstanceTypes: InvalidInstanceType: do not exist: [m7i.lrage]"),
            "did you mean m7i.large?");
  EXPECT_EQ(HintFor("DescribeInstanceTypes: InvalidInstanceType: do not exist: [zz9.enormous]"),
            "there is no such type in this region; see --instance_type");
  EXPECT_EQ(HintFor("no zone of us-west-2 offers m7i.lrage; choose another instance type"),
            "did you mean m7i.large?");
  EXPECT_EQ(HintFor("DescribeImages at https://ec2.su-west-2.amazonaws.com/: no such host"),
            "did you mean --region=us-west-2?");
}

}  // namespace
}  // namespace suites
