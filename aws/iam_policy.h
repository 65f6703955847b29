// The least privilege that a run needs: of this client, and of the AWS CLI, Terraform and the
// runners on this machine that act with the caller's credentials.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace aws {

// Returns the partition that a region belongs to, as ARNs name it: "aws", "aws-cn", "aws-us-gov",
// "aws-iso"... The prefixes are those of botocore's partitions.json.
std::string PartitionOf(const std::string& region);

struct IamPolicyScope {
  std::string partition = "aws";
  // Instance profiles that machines get, by name or ARN. EC2 asks for iam:PassRole on the role in
  // the profile, whose name only IAM knows: it is taken to be the profile's.
  std::vector<std::string> instance_profiles{};
  bool spot = false;  // Spot Instances are launched
};

// The most characters that a managed policy may have, white space not counted ("IAM and AWS STS
// quotas", IAM User Guide).
inline constexpr std::size_t kLargestManagedPolicy = 6144;

// Returns an IAM policy document (JSON, indented). What the tool creates it may create only with
// its four tags, and what it changes or removes must carry them. Kept images are the exception:
// they may be removed by their own tag. Customer-managed keys of KMS may be used by EC2 for
// volumes. Reading is not limited, since EC2's describe operations know no resources. Throws
// std::invalid_argument, with one line, if a profile's name has characters that IAM does not allow
// in names.
std::string IamPolicy(const IamPolicyScope& scope);

}  // namespace aws
