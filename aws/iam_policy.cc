#include "aws/iam_policy.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace aws {
namespace {

using json = nlohmann::ordered_json;
using Strings = std::vector<std::string>;

// A run's id as fixtures/leftovers/run_identity.h makes it. In a policy '?' is any one character.
// (In pieces, since what follows two of them could be a trigraph.)
constexpr const char* kRunId =
    "lb-????????"
    "-??????"
    "-??????";

// All four of a run's tags must be there: on the request for what is created, on the resource for
// what exists. Anybody may write a tag, so the one that names the run must have a run's form.
// (StringLike fails if there is none.)
json Tagged(const char* where) {
  const std::string prefix = std::string("aws:") + where + "/launch-bench:";
  return {
      {"Null",
       {{prefix + "owner", "false"}, {prefix + "process", "false"}, {prefix + "expires", "false"}}},
      {"StringLike", {{prefix + "run", kRunId}}}};
}

json Statement(const char* sid, const Strings& actions, const json& resources,
               const json& condition = nullptr) {
  json statement = {
      {"Sid", sid}, {"Effect", "Allow"}, {"Action", actions}, {"Resource", resources}};
  if (!condition.is_null()) statement["Condition"] = condition;
  return statement;
}

// Roles' and profiles' names ("IAM name requirements", IAM User Guide). Others could be patterns.
bool IsIamName(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return c < 0x80 &&
           (std::isalnum(c) != 0 ||
            std::string_view("_+=,.@-").find(static_cast<char>(c)) != std::string_view::npos);
  });
}

// All statements are of one partition.
class Policy {
 public:
  explicit Policy(const IamPolicyScope& scope) : scope_(scope) {}

  json Statements() const {
    json statements = json::array();
    for (const json& group : {Read(), Launch(), Create(), Change(), Keys(), SpotRole(), PassRole()})
      statements.insert(statements.end(), group.begin(), group.end());
    return statements;
  }

 private:
  std::string Arn(const std::string& rest) const { return "arn:" + scope_.partition + ":" + rest; }

  Strings Arns(const Strings& types) const {
    Strings arns;
    for (const std::string& type : types) {
      // Images and snapshots belong to an account that is not always the caller's, and are written
      // without one.
      const bool shared = type == "image" || type == "snapshot";
      arns.push_back(Arn("ec2:*:" + std::string(shared ? "" : "*") + ":" + type + "/*"));
    }
    return arns;
  }

  json Read() const {
    return {Statement("Read",
                      {"ec2:DescribeAddresses",
                       "ec2:DescribeAvailabilityZones",
                       "ec2:DescribeImages",
                       "ec2:DescribeInstanceTypeOfferings",
                       "ec2:DescribeInstanceTypes",
                       "ec2:DescribeInstances",
                       "ec2:DescribeInternetGateways",
                       "ec2:DescribeKeyPairs",
                       "ec2:DescribeNetworkInterfaces",
                       "ec2:DescribeRegions",
                       "ec2:DescribeRouteTables",
                       "ec2:DescribeSecurityGroups",
                       "ec2:DescribeSnapshots",
                       "ec2:DescribeSubnets",
                       "ec2:DescribeVolumes",
                       "ec2:DescribeVpcs",
                       "s3:ListAllMyBuckets",
                       "servicequotas:GetServiceQuota",
                       "sqs:ListQueues",
                       "sts:GetCallerIdentity"},
                      "*"),
            Statement("ReadPublicImageNames", {"ssm:GetParameter"},
                      Arn("ssm:*::parameter/aws/service/*"))};
  }

  json Launch() const {
    return {
        Statement("LaunchTagged", {"ec2:RunInstances"},
                  Arns({"instance", "volume", "network-interface", "spot-instances-request"}),
                  Tagged("RequestTag")),
        Statement("LaunchFrom", {"ec2:RunInstances"},
                  Arns({"image", "snapshot", "subnet", "security-group", "key-pair"})),
    };
  }

  json Create() const {
    return {
        Statement("CreateTagged",
                  {"ec2:AllocateAddress", "ec2:CreateImage", "ec2:CreateInternetGateway",
                   "ec2:CreateNetworkInterface", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup",
                   "ec2:CreateSubnet", "ec2:CreateVpc", "ec2:ImportKeyPair"},
                  Arns({"elastic-ip", "image", "snapshot", "network-interface", "security-group",
                        "key-pair", "internet-gateway", "route-table", "subnet", "vpc"}),
                  Tagged("RequestTag")),
        Statement("CreateInterfaceIn", {"ec2:CreateNetworkInterface"},
                  Arns({"subnet", "security-group"})),
        Statement("CreateGroupIn", {"ec2:CreateSecurityGroup"}, Arns({"vpc"})),
        // S3 knows no tags on creation: a run's buckets are told by their names.
        Statement("OwnBuckets",
                  {"s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteObject", "s3:GetObject",
                   "s3:ListBucket", "s3:PutObject"},
                  {Arn(std::string("s3:::") + kRunId + "-*"),
                   Arn(std::string("s3:::") + kRunId + "-*/*")}),
        // Queues begin with the run's id as well.
        Statement("OwnQueues",
                  {"sqs:ChangeMessageVisibility", "sqs:CreateQueue", "sqs:DeleteMessage",
                   "sqs:DeleteQueue", "sqs:ReceiveMessage", "sqs:SendMessage", "sqs:TagQueue"},
                  Arn(std::string("sqs:*:*:") + kRunId + "-*")),
        Statement("TagWhatIsCreated", {"ec2:CreateTags"}, Arn("ec2:*:*:*/*"),
                  {{"StringEquals",
                    {{"ec2:CreateAction",
                      {"AllocateAddress", "CreateImage", "CreateInternetGateway",
                       "CreateNetworkInterface", "CreateRouteTable", "CreateSecurityGroup",
                       "CreateSubnet", "CreateVpc", "ImportKeyPair", "RunInstances"}}}}}),
    };
  }

  // What exists: changed, removed, launched on (an interface), made an image of (a machine with its
  // volumes), and made things in (a VPC).
  json Change() const {
    return {Statement("UseOwn",
                      {"ec2:AssociateAddress",
                       "ec2:AssociateRouteTable",
                       "ec2:AttachInternetGateway",
                       "ec2:AuthorizeSecurityGroupIngress",
                       "ec2:CreateImage",
                       "ec2:CreateRoute",
                       "ec2:CreateRouteTable",
                       "ec2:CreateSubnet",
                       "ec2:CreateTags",
                       "ec2:DeleteInternetGateway",
                       "ec2:DeleteKeyPair",
                       "ec2:DeleteNetworkInterface",
                       "ec2:DeleteRouteTable",
                       "ec2:DeleteSecurityGroup",
                       "ec2:DeleteSnapshot",
                       "ec2:DeleteSubnet",
                       "ec2:DeleteTags",
                       "ec2:DeleteVolume",
                       "ec2:DeleteVpc",
                       "ec2:DeregisterImage",
                       "ec2:DetachInternetGateway",
                       "ec2:DisassociateAddress",
                       "ec2:GetConsoleOutput",
                       "ec2:ReleaseAddress",
                       "ec2:RunInstances",
                       "ec2:StartInstances",
                       "ec2:StopInstances",
                       "ec2:TerminateInstances",
                       "ec2-instance-connect:SendSSHPublicKey"},
                      Arn("ec2:*:*:*/*"), Tagged("ResourceTag")),
            // A kept image has lost its run's tags. One that still carries them is a run's.
            Statement("RemoveKeptImages", {"ec2:DeleteSnapshot", "ec2:DeregisterImage"},
                      Arns({"image", "snapshot"}),
                      {{"Null",
                        {{"aws:ResourceTag/launch-bench:image", "false"},
                         {"aws:ResourceTag/launch-bench:run", "true"}}}})};
  }

  // In an account whose default EBS key is the customer's own, each volume needs that key
  // ("Requirements for Amazon EBS encryption", EBS User Guide). Which key only the account knows;
  // its key policy decides as well. Only for what EC2 does in the caller's name; CreateGrant alone
  // knows the last condition. Amazon's own key asks for none of this.
  json Keys() const {
    return {
        Statement("EncryptVolumes",
                  {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey",
                   "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
                  Arn("kms:*:*:key/*"),
                  {{"StringLike", {{"kms:ViaService", "ec2.*"}}},
                   {"BoolIfExists", {{"kms:GrantIsForAWSResource", "true"}}}})};
  }

  // EC2 makes it at an account's first Spot request ("Service-linked role for Spot Instances
  // requests", EC2 User Guide).
  json SpotRole() const {
    if (!scope_.spot) return json::array();
    return {
        Statement("MakeSpotsServiceLinkedRole", {"iam:CreateServiceLinkedRole"},
                  Arn("iam::*:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"),
                  {{"StringEquals", {{"iam:AWSServiceName", "spot.amazonaws.com"}}}})};
  }

  json PassRole() const {
    Strings roles;
    for (const std::string& profile : scope_.instance_profiles) {
      // An ARN's name comes after its path.
      const bool is_arn = profile.starts_with("arn:");
      const std::string name = is_arn ? profile.substr(profile.rfind('/') + 1) : profile;
      if (!IsIamName(name))
        throw std::invalid_argument("'" + profile + "' is no instance profile's name");
      const std::string role = Arn("iam::*:role/" + name);
      if (std::ranges::find(roles, role) == roles.end()) roles.push_back(role);
    }
    if (roles.empty()) return json::array();
    // In China EC2 has two names, as AWS's own policies for both show
    // (AWSEC2SpotServiceRolePolicy).
    Strings services{"ec2.amazonaws.com"};
    if (scope_.partition == "aws-cn") services.push_back("ec2.amazonaws.com.cn");
    return json::array({Statement("PassInstanceProfilesRole", {"iam:PassRole"}, roles,
                                  {{"StringEquals", {{"iam:PassedToService", services}}}})});
  }

  const IamPolicyScope& scope_;
};

}  // namespace

std::string PartitionOf(const std::string& region) {
  constexpr std::pair<const char*, const char*> kPrefixes[] = {
      {"cn-", "aws-cn"},         {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"},
      {"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"},
      {"eusc-", "aws-eusc"}};
  for (const auto& [prefix, partition] : kPrefixes) {
    if (region.starts_with(prefix)) return partition;
  }
  return "aws";
}

std::string IamPolicy(const IamPolicyScope& scope) {
  const json policy = {{"Version", "2012-10-17"}, {"Statement", Policy(scope).Statements()}};
  return policy.dump(2) + "\n";
}

}  // namespace aws
