#include "aws/endpoint.h"

#include <gtest/gtest.h>

namespace aws {
namespace {

// As botocore's endpoint rules resolve them.
TEST(Endpoint, IsNamedAsThePartitionNamesIt) {
  EXPECT_EQ(EndpointOf("ec2", "us-west-2", {}), "https://ec2.us-west-2.amazonaws.com");
  EXPECT_EQ(EndpointOf("sqs", "cn-north-1", {}), "https://sqs.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(EndpointOf("ec2", "us-gov-west-1", {}), "https://ec2.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(EndpointOf("ec2", "us-iso-east-1", {}), "https://ec2.us-iso-east-1.c2s.ic.gov");
  EXPECT_EQ(EndpointOf("s3", "us-isob-east-1", {}), "https://s3.us-isob-east-1.sc2s.sgov.gov");
  EXPECT_EQ(EndpointOf("ec2", "eusc-de-east-1", {}), "https://ec2.eusc-de-east-1.amazonaws.eu");
}

TEST(Endpoint, HasItsFipsAndDualStackForms) {
  const EndpointVariant fips{.fips = true};
  const EndpointVariant dual{.dual_stack = true};
  const EndpointVariant both{.fips = true, .dual_stack = true};
  EXPECT_EQ(EndpointOf("ec2", "us-east-1", fips), "https://ec2-fips.us-east-1.amazonaws.com");
  EXPECT_EQ(EndpointOf("ec2", "us-east-1", dual), "https://ec2.us-east-1.api.aws");
  EXPECT_EQ(EndpointOf("ec2", "us-east-1", both), "https://ec2-fips.us-east-1.api.aws");
  EXPECT_EQ(EndpointOf("s3", "us-east-1", fips), "https://s3-fips.us-east-1.amazonaws.com");
  EXPECT_EQ(EndpointOf("s3", "us-east-1", dual), "https://s3.dualstack.us-east-1.amazonaws.com");
  EXPECT_EQ(EndpointOf("s3", "us-east-1", both),
            "https://s3-fips.dualstack.us-east-1.amazonaws.com");
  EXPECT_EQ(EndpointOf("ec2", "us-gov-west-1", fips), "https://ec2.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(EndpointOf("s3", "us-gov-west-1", fips), "https://s3-fips.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(EndpointOf("ec2", "us-iso-east-1", dual), "https://ec2.us-iso-east-1.c2s.ic.gov");
}

}  // namespace
}  // namespace aws
