#include "suites/report/error_hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "suites/command/known_places.h"

namespace suites {
namespace {

struct Hint {
  std::string_view code;  // of EC2's, SQS's, S3's or STS's error documents
  std::string_view text;
};

constexpr std::string_view kPolicy =
    "these credentials may not do that; --print_iam_policy prints what a run with these flags "
    "needs";
constexpr std::string_view kQuota =
    "this exceeds the account's quota: try --concurrency=1, or another --instance_type";
constexpr std::string_view kRoom =
    "this zone has no capacity for the type: try another --subnet_id or --instance_type, or later";
constexpr std::string_view kKeys =
    "these keys are not valid in this partition; `aws sts get-caller-identity` shows whose they "
    "are";

// The errors of a region that does not exist: from the transport, and from EC2 if one endpoint
// serves all regions.
constexpr std::string_view kNoSuchHost = "no such host";
constexpr std::string_view kNoSuchRegion = "scoped to a valid region";
// The error of a type that does not exist (fixtures/region/launch_places.h).
constexpr std::string_view kNotOffered = "no zone of ";

// Returns true if `failure` names AWS's error `code`, as the text of an aws::Error does
// ("RunInstances: VcpuLimitExceeded: You have ...") or the AWS CLI ("An error occurred
// (VcpuLimitExceeded) when calling ..."). Other text may surround it.
bool NamesCode(const std::string& failure, std::string_view code) {
  for (std::size_t at = failure.find(code); at != std::string::npos;
       at = failure.find(code, at + 1)) {
    const char before = at == 0 ? ' ' : failure[at - 1];
    const char after = at + code.size() < failure.size() ? failure[at + code.size()] : '\0';
    if ((before == ' ' && after == ':') || (before == '(' && after == ')')) return true;
  }
  return false;
}

bool Says(const std::string& failure, std::string_view text) {
  return failure.find(text) != std::string::npos;
}

// Codes from "Error codes for the Amazon EC2 API" and from "Common errors" of STS and S3.
constexpr std::array kHints = std::to_array<Hint>({
    {"UnauthorizedOperation", kPolicy},
    {"AccessDenied", kPolicy},
    {"AccessDeniedException", kPolicy},
    {"AuthFailure", kKeys},
    {"AuthFailure.ServiceLinkedRoleCreationNotPermitted",
     "this account has not used Spot yet; an administrator does once: aws iam "
     "create-service-linked-role --aws-service-name spot.amazonaws.com"},
    {"InvalidClientTokenId", kKeys},
    {"InvalidAccessKeyId", kKeys},
    {"SignatureDoesNotMatch", kKeys},
    {"VcpuLimitExceeded", kQuota},
    {"InstanceLimitExceeded", kQuota},
    {"MaxSpotInstanceCountExceeded", kQuota},
    {"InsufficientInstanceCapacity", kRoom},
    {"Unsupported", "this zone does not offer that: try another --subnet_id or --instance_type"},
    {"InvalidInstanceType", "there is no such type in this region; see --instance_type"},
    {"InvalidGroup.NotFound", "see --security_group_id"},
    {"InvalidGroupId.Malformed", "see --security_group_id"},
    {"InvalidSubnetID.NotFound", "see --subnet_id"},
    {"InvalidSubnetId.Malformed", "see --subnet_id"},
    {"InvalidAMIID.NotFound",
     "see --ami, --minimal_ami, --custom_init_ami; an image exists in one region only"},
    {"InvalidAMIID.Malformed", "see --ami, --minimal_ami, --custom_init_ami"},
    {"AddressLimitExceeded",
     "PreEni and fleets need Elastic IPs: release some, or use --concurrency=1"},
    {"VpcLimitExceeded", "each fleet creates a VPC: use --concurrency=1, or delete a VPC"},
    {"RequestLimitExceeded", "the account's calls are throttled: use a longer --poll_interval"},
    {"PendingVerification", "a new account: AWS is still checking it; try again in some hours"},
    {"OptInRequired", "this account has not opted in to that region or service"},
});

}  // namespace

std::string HintFor(const std::string& failure) {
  // RunInstances also answers AuthFailure if an image belongs to another account or no longer
  // exists.
  if (Says(failure, "Not authorized for images"))
    return "that image is not shared with this account, or no longer exists: see --ami";
  if (NamesCode(failure, "InvalidInstanceType") || Says(failure, kNotOffered)) {
    if (const std::string type = NearestInstanceType(failure); !type.empty())
      return fmt::format("did you mean {}?", type);  // of --instance_type or --instance_types
  }
  if (Says(failure, kNoSuchHost) || Says(failure, kNoSuchRegion)) {
    if (const std::string region = NearestRegion(failure); !region.empty())
      return fmt::format("did you mean --region={}?", region);
  }
  const auto hint =
      std::ranges::find_if(kHints, [&](const Hint& h) { return NamesCode(failure, h.code); });
  return hint == kHints.end() ? std::string() : std::string(hint->text);
}

}  // namespace suites
