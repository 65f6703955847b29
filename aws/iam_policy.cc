#include "aws/iam_policy.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace aws {
namespace {

using json = nlohmann::ordered_json;
using Strings = std::vector<std::string>;

constexpr const char* kTag = "launch-bench:run";

Strings Arns(const Strings& types) {
  Strings arns;
  for (const std::string& type : types) {
    // Images and snapshots belong to an account that is not always the caller's, and are written
    // without one.
    const bool shared = type == "image" || type == "snapshot";
    arns.push_back("arn:aws:ec2:*:" + std::string(shared ? "" : "*") + ":" + type + "/*");
  }
  return arns;
}

// The tag must be there: on the request for what is created, on the resource for what exists.
json Tagged(const char* where) {
  return {{"Null", {{std::string("aws:") + where + "/" + kTag, "false"}}}};
}

json Statement(const char* sid, const Strings& actions, const json& resources,
               const json& condition = nullptr) {
  json statement = {
      {"Sid", sid}, {"Effect", "Allow"}, {"Action", actions}, {"Resource", resources}};
  if (!condition.is_null()) statement["Condition"] = condition;
  return statement;
}

json ReadStatements() {
  return {Statement(
              "Read",
              {"ec2:DescribeAddresses", "ec2:DescribeAvailabilityZones", "ec2:DescribeImages",
               "ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeInternetGateways",
               "ec2:DescribeKeyPairs", "ec2:DescribeNetworkInterfaces", "ec2:DescribeRegions",
               "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSnapshots",
               "ec2:DescribeSubnets", "ec2:DescribeVpcs", "s3:ListAllMyBuckets", "sqs:ListQueues",
               "sts:GetCallerIdentity"},
              "*"),
          Statement("ReadPublicImageNames", {"ssm:GetParameter"},
                    "arn:aws:ssm:*::parameter/aws/service/*")};
}

json LaunchStatements() {
  return {
      Statement("LaunchTagged", {"ec2:RunInstances"},
                Arns({"instance", "volume", "network-interface", "spot-instances-request"}),
                Tagged("RequestTag")),
      Statement("LaunchFrom", {"ec2:RunInstances"},
                Arns({"image", "snapshot", "subnet", "security-group", "key-pair"})),
      Statement("LaunchOnOwnInterface", {"ec2:RunInstances"}, Arns({"network-interface"}),
                Tagged("ResourceTag")),
      Statement("PassInstanceProfile", {"iam:PassRole"}, "arn:aws:iam::*:role/*",
                {{"StringEquals", {{"iam:PassedToService", "ec2.amazonaws.com"}}}}),
  };
}

json CreateStatements() {
  return {
      Statement("CreateTagged",
                {"ec2:AllocateAddress", "ec2:CreateImage", "ec2:CreateInternetGateway",
                 "ec2:CreateNetworkInterface", "ec2:CreateSecurityGroup", "ec2:CreateSubnet",
                 "ec2:CreateVpc", "ec2:ImportKeyPair"},
                Arns({"elastic-ip", "image", "snapshot", "network-interface", "security-group",
                      "key-pair", "internet-gateway", "subnet", "vpc"}),
                Tagged("RequestTag")),
      Statement("CreateInterfaceIn", {"ec2:CreateNetworkInterface"},
                Arns({"subnet", "security-group"})),
      Statement("CreateGroupIn", {"ec2:CreateSecurityGroup"}, Arns({"vpc"})),
      Statement("CreateSubnetIn", {"ec2:CreateSubnet"}, Arns({"vpc"}), Tagged("ResourceTag")),
      // A VPC's main route table is made by EC2, without tags; DeleteVpc takes it away.
      Statement("RouteInNewVpc", {"ec2:CreateRoute"}, Arns({"route-table"})),
      // S3 knows no tags on creation: a run's buckets are told by their names.
      Statement("OwnBuckets",
                {"s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteObject", "s3:GetObject",
                 "s3:ListBucket", "s3:PutObject"},
                {"arn:aws:s3:::lb-*", "arn:aws:s3:::lb-*/*"}),
      // Queues begin with the run's id as well.
      Statement("OwnQueues",
                {"sqs:CreateQueue", "sqs:DeleteMessage", "sqs:DeleteQueue", "sqs:ReceiveMessage",
                 "sqs:SendMessage", "sqs:TagQueue"},
                "arn:aws:sqs:*:*:lb-*"),
      Statement("CreateImageOfOwnInstance", {"ec2:CreateImage"}, Arns({"instance", "volume"}),
                Tagged("ResourceTag")),
      Statement("TagWhatIsCreated", {"ec2:CreateTags"}, "arn:aws:ec2:*:*:*/*",
                {{"StringEquals",
                  {{"ec2:CreateAction",
                    {"AllocateAddress", "CreateImage", "CreateInternetGateway",
                     "CreateNetworkInterface", "CreateSecurityGroup", "CreateSubnet", "CreateVpc",
                     "ImportKeyPair", "RunInstances"}}}}}),
  };
}

json ChangeStatements() {
  return {Statement("ChangeAndRemoveOwn",
                    {"ec2:AssociateAddress",
                     "ec2:AttachInternetGateway",
                     "ec2:AuthorizeSecurityGroupIngress",
                     "ec2:CreateTags",
                     "ec2:DeleteInternetGateway",
                     "ec2:DeleteKeyPair",
                     "ec2:DeleteNetworkInterface",
                     "ec2:DeleteSecurityGroup",
                     "ec2:DeleteSnapshot",
                     "ec2:DeleteSubnet",
                     "ec2:DeleteTags",
                     "ec2:DeleteVpc",
                     "ec2:DeregisterImage",
                     "ec2:DetachInternetGateway",
                     "ec2:DisassociateAddress",
                     "ec2:ReleaseAddress",
                     "ec2:StartInstances",
                     "ec2:StopInstances",
                     "ec2:TerminateInstances",
                     "ec2-instance-connect:SendSSHPublicKey"},
                    "arn:aws:ec2:*:*:*/*", Tagged("ResourceTag"))};
}

}  // namespace

std::string IamPolicy() {
  json statements = json::array();
  for (const json& group :
       {ReadStatements(), LaunchStatements(), CreateStatements(), ChangeStatements()}) {
    statements.insert(statements.end(), group.begin(), group.end());
  }
  const json policy = {{"Version", "2012-10-17"}, {"Statement", statements}};
  return policy.dump(2) + "\n";
}

}  // namespace aws
