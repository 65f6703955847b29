// The least-privilege IAM policy of a run. It covers this client, and the AWS CLI, Terraform and
// the local runners, which act with the caller's credentials.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace aws {

// Returns the partition of a region as it appears in ARNs: "aws", "aws-cn", "aws-us-gov",
// "aws-iso"... Source of the prefixes: botocore's partitions.json.
std::string PartitionOf(const std::string& region);

struct IamPolicyScope {
  std::string partition = "aws";
  // The machines' instance profiles, by name or ARN. EC2 requires iam:PassRole on the role in the
  // profile. Only IAM knows that role's name, so the policy assumes the name of the profile.
  std::vector<std::string> instance_profiles{};
  bool spot = false;  // the run launches Spot Instances
};

// The maximum size of a managed policy in characters, without white space ("IAM and AWS STS
// quotas", IAM User Guide).
inline constexpr std::size_t kLargestManagedPolicy = 6144;

// Returns an IAM policy document (indented JSON). It allows
// - to create resources only with the four tags of a run,
// - to change or remove only resources that carry these tags, or kept images, by their own tag,
// - EC2 to use customer-managed KMS keys for volumes,
// - to read everything, since EC2's describe operations cannot be limited to resources.
// Actions and resource types are those of ec2_kinds.h. Throws std::invalid_argument with a one-line
// message if a profile's name has characters that IAM does not allow in names.
std::string IamPolicy(const IamPolicyScope& scope);

}  // namespace aws
