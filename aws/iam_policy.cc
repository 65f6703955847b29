#include "aws/iam_policy.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "aws/ec2_kinds.h"

namespace aws {
namespace {

using Json = nlohmann::ordered_json;  // statements read in the order in which they are written
using Strings = std::vector<std::string>;

// The pattern of a run's id (fixtures/leftovers/run_identity.h). In a policy '?' matches any one
// character. The text is in pieces because two '?' and the character after them can be a trigraph.
constexpr const char* kRunId =
    "lb-????????"
    "-??????"
    "-??????";

// Returns the condition that all four of a run's tags are present. `where` is "RequestTag" for a
// resource that is being created, "ResourceTag" for one that exists. Anyone can write a tag, so the
// tag that names the run must also have the form of a run's id. (StringLike fails if it is absent.)
Json Tagged(const char* where) {
  const std::string prefix = std::string("aws:") + where + "/launch-bench:";
  return {
      {"Null",
       {{prefix + "owner", "false"}, {prefix + "process", "false"}, {prefix + "expires", "false"}}},
      {"StringLike", {{prefix + "run", kRunId}}}};
}

Json Statement(const char* sid, const Strings& actions, const Json& resources,
               const Json& condition = nullptr) {
  Json statement = {
      {"Sid", sid}, {"Effect", "Allow"}, {"Action", actions}, {"Resource", resources}};
  if (!condition.is_null()) statement["Condition"] = condition;
  return statement;
}

// Returns the names of `actions`, sorted, each once.
Strings NamesOf(const std::vector<Ec2Action>& actions) {
  std::set<std::string> names;
  for (const Ec2Action& action : actions) {
    if (!action.empty()) names.emplace(action.name());
  }
  return {names.begin(), names.end()};
}

// Returns the same as a policy has them: "ec2:RunInstances".
Strings InPolicy(const std::vector<Ec2Action>& actions) {
  Strings names = NamesOf(actions);
  for (std::string& name : names) name.insert(0, "ec2:");
  return names;
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

  Json Statements() const {
    Json statements = Json::array();
    for (const Json& group : {Read(), Launch(), Create(), Change(), Keys(), SpotRole(), PassRole()})
      statements.insert(statements.end(), group.begin(), group.end());
    return statements;
  }

 private:
  std::string Arn(const std::string& rest) const { return "arn:" + scope_.partition + ":" + rest; }

  Strings Arns(const Strings& types) const {
    Strings arns;
    for (const std::string& type : types) {
      // ARNs of images and snapshots name no account: runs may use those of other accounts.
      const bool shared = type == "image" || type == "snapshot";
      arns.push_back(Arn("ec2:*:" + std::string(shared ? "" : "*") + ":" + type + "/*"));
    }
    return arns;
  }

  Json Read() const {
    std::vector<Ec2Action> describes{"DescribeAvailabilityZones", "DescribeInstanceTypeOfferings",
                                     "DescribeInstanceTypes", "DescribeRegions"};
    for (const Ec2Kind& kind : kEc2Kinds) describes.push_back(kind.describe);
    Strings actions = InPolicy(describes);
    actions.insert(actions.end(), {"s3:ListAllMyBuckets", "servicequotas:GetServiceQuota",
                                   "sqs:ListQueues", "sts:GetCallerIdentity"});
    return {Statement("Read", actions, "*"), Statement("ReadPublicImageNames", {"ssm:GetParameter"},
                                                       Arn("ssm:*::parameter/aws/service/*"))};
  }

  Json Launch() const {
    return {
        Statement("LaunchTagged", {"ec2:RunInstances"},
                  Arns({"instance", "volume", "network-interface", "spot-instances-request"}),
                  Tagged("RequestTag")),
        Statement("LaunchFrom", {"ec2:RunInstances"},
                  Arns({"image", "snapshot", "subnet", "security-group", "key-pair"})),
    };
  }

  Json Create() const {
    std::vector<Ec2Action> creates;
    Strings types;
    for (const Ec2Kind& kind : kEc2Kinds) {
      if (kind.create == "RunInstances") continue;  // see Launch()
      creates.push_back(kind.create);
      types.emplace_back(kind.type);
    }
    std::vector<Ec2Action> tagging = creates;
    tagging.push_back("RunInstances");
    return {
        Statement("CreateTagged", InPolicy(creates), Arns(types), Tagged("RequestTag")),
        Statement("CreateInterfaceIn", {"ec2:CreateNetworkInterface"},
                  Arns({"subnet", "security-group"})),
        Statement("CreateGroupIn", {"ec2:CreateSecurityGroup"}, Arns({"vpc"})),
        // S3 takes no tags when a bucket is created, so a run's buckets are recognised by name.
        Statement("OwnBuckets",
                  {"s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteObject", "s3:GetObject",
                   "s3:ListBucket", "s3:PutObject"},
                  {Arn(std::string("s3:::") + kRunId + "-*"),
                   Arn(std::string("s3:::") + kRunId + "-*/*")}),
        // The names of queues begin with the run's id as well.
        Statement("OwnQueues",
                  {"sqs:ChangeMessageVisibility", "sqs:CreateQueue", "sqs:DeleteMessage",
                   "sqs:DeleteQueue", "sqs:ReceiveMessage", "sqs:SendMessage", "sqs:TagQueue"},
                  Arn(std::string("sqs:*:*:") + kRunId + "-*")),
        Statement("TagWhatIsCreated", {"ec2:CreateTags"}, Arn("ec2:*:*:*/*"),
                  {{"StringEquals", {{"ec2:CreateAction", NamesOf(tagging)}}}}),
    };
  }

  // Resources of a run that exist. The actions change or remove them, launch on an interface, make
  // an image of a machine and its volumes, or create something in a VPC.
  Json Change() const {
    std::vector<Ec2Action> actions{"CreateImage",  "CreateRouteTable", "CreateSubnet",
                                   "CreateTags",   "DeleteTags",       "GetConsoleOutput",
                                   "RunInstances", "StartInstances",   "StopInstances"};
    std::vector<Ec2Action> removes_kept;
    Strings kept_types;
    for (const Ec2Kind& kind : kEc2Kinds) {
      actions.push_back(kind.remove);
      actions.insert(actions.end(), kind.further.begin(), kind.further.end());
      if (kind.create != "CreateImage") continue;
      removes_kept.push_back(kind.remove);
      kept_types.emplace_back(kind.type);
    }
    Strings uses = InPolicy(actions);
    uses.emplace_back("ec2-instance-connect:SendSSHPublicKey");
    return {Statement("UseOwn", uses, Arn("ec2:*:*:*/*"), Tagged("ResourceTag")),
            // A kept image no longer carries a run's tags. An image that does belongs to a run.
            Statement("RemoveKeptImages", InPolicy(removes_kept), Arns(kept_types),
                      {{"Null",
                        {{"aws:ResourceTag/launch-bench:image", "false"},
                         {"aws:ResourceTag/launch-bench:run", "true"}}}})};
  }

  // If an account's default EBS key is a customer-managed one, each volume needs that key
  // ("Requirements for Amazon EBS encryption", EBS User Guide). Only the account knows which key
  // that is, and the key's own policy must allow the use too. The conditions limit the use to what
  // EC2 does on the caller's behalf. The last condition exists for CreateGrant only. Amazon's own
  // key needs none of these permissions.
  Json Keys() const {
    return {
        Statement("EncryptVolumes",
                  {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey",
                   "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
                  Arn("kms:*:*:key/*"),
                  {{"StringLike", {{"kms:ViaService", "ec2.*"}}},
                   {"BoolIfExists", {{"kms:GrantIsForAWSResource", "true"}}}})};
  }

  // EC2 creates this role at an account's first Spot request ("Service-linked role for Spot
  // Instances requests", EC2 User Guide).
  Json SpotRole() const {
    if (!scope_.spot) return Json::array();
    return {
        Statement("MakeSpotsServiceLinkedRole", {"iam:CreateServiceLinkedRole"},
                  Arn("iam::*:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"),
                  {{"StringEquals", {{"iam:AWSServiceName", "spot.amazonaws.com"}}}})};
  }

  Json PassRole() const {
    Strings roles;
    for (const std::string& profile : scope_.instance_profiles) {
      // In an ARN the name follows the path.
      const bool is_arn = profile.starts_with("arn:");
      const std::string name = is_arn ? profile.substr(profile.rfind('/') + 1) : profile;
      if (!IsIamName(name))
        throw std::invalid_argument("'" + profile + "' is no instance profile's name");
      const std::string role = Arn("iam::*:role/" + name);
      if (std::ranges::find(roles, role) == roles.end()) roles.push_back(role);
    }
    if (roles.empty()) return Json::array();
    // In China EC2 has two service names: AWS's own AWSEC2SpotServiceRolePolicy lists both.
    Strings services{"ec2.amazonaws.com"};
    if (scope_.partition == "aws-cn") services.push_back("ec2.amazonaws.com.cn");
    return Json::array({Statement("PassInstanceProfilesRole", {"iam:PassRole"}, roles,
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
  const Json policy = {{"Version", "2012-10-17"}, {"Statement", Policy(scope).Statements()}};
  return policy.dump(2) + "\n";
}

}  // namespace aws
