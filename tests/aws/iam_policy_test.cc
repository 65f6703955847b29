#include "aws/iam_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "aws/ec2_kinds.h"
#include "tests/support/build_paths.h"
#include "tests/support/file_text.h"

namespace aws {
namespace {

using nlohmann::json;
using test_support::FileText;

json PolicyOf(const IamPolicyScope& scope = {}) { return json::parse(IamPolicy(scope)); }

// As IAM compares: '*' is any text, '?' any one character.
bool IsLike(const std::string& text, const std::string& pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (std::size_t taken = 0; taken <= text.size(); ++taken) {
      if (IsLike(text.substr(taken), pattern.substr(1))) return true;
    }
    return false;
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         IsLike(text.substr(1), pattern.substr(1));
}

bool AnyOf(const json& one_or_many, const std::function<bool(const std::string&)>& holds) {
  if (one_or_many.is_string()) return holds(one_or_many);
  return std::any_of(one_or_many.begin(), one_or_many.end(),
                     [&](const json& one) { return holds(one.get<std::string>()); });
}

using Context = std::map<std::string, std::string>;  // of a request: condition keys

// Returns true if IAM would allow the action: a statement has the action and the resource, and all
// its conditions hold ("Policy evaluation logic", IAM User Guide).
bool Allows(const json& policy, const std::string& action, const std::string& arn,
            const Context& context = {}) {
  const auto holds = [&](const std::string& test, const std::string& key, const json& values) {
    const auto found = context.find(key);
    if (test == "Null") return values == (found == context.end() ? "true" : "false");
    if (found == context.end()) return test.ends_with("IfExists");
    return AnyOf(values, [&](const std::string& value) {
      return test == "StringLike" ? IsLike(found->second, value) : found->second == value;
    });
  };
  return std::any_of(
      policy["Statement"].begin(), policy["Statement"].end(), [&](const json& statement) {
        if (!AnyOf(statement["Action"], [&](const std::string& one) { return one == action; }) ||
            !AnyOf(statement["Resource"], [&](const std::string& one) { return IsLike(arn, one); }))
          return false;
        const json conditions = statement.value("Condition", json::object());
        for (const auto& [test, keys] : conditions.items()) {
          EXPECT_TRUE(test == "Null" || test == "StringEquals" || test == "StringLike" ||
                      test == "BoolIfExists")
              << test;
          for (const auto& [key, values] : keys.items()) {
            if (!holds(test, key, values)) return false;
          }
        }
        return true;
      });
}

// The four tags of a run, as aws:RequestTag or aws:ResourceTag.
Context OfARun(const std::string& where) {
  const std::string prefix = "aws:" + where + "/launch-bench:";
  return {{prefix + "run", "lb-20260131-142501-3fa9c1"},
          {prefix + "owner", "me@here"},
          {prefix + "process", "here/-/-/1/1"},
          {prefix + "expires", "2026-01-31T20:25:01Z"}};
}

// Without this a run could make resources that it may not remove.
TEST(IamPolicy, EveryKindMayBeMadeListedAndRemoved) {
  const json policy = PolicyOf();
  for (const Ec2Kind& kind : kEc2Kinds) {
    const auto action = [](const Ec2Action& one) { return "ec2:" + std::string(one.name()); };
    const std::string arn = "arn:aws:ec2:us-west-2:123456789012:" + std::string(kind.type) + "/x";
    const std::string shared = "arn:aws:ec2:us-west-2::" + std::string(kind.type) + "/x";
    const bool is_shared = kind.type == "image" || kind.type == "snapshot";
    EXPECT_TRUE(Allows(policy, action(kind.create), is_shared ? shared : arn, OfARun("RequestTag")))
        << kind.name;
    EXPECT_TRUE(Allows(policy, "ec2:CreateTags", arn,
                       {{"ec2:CreateAction", std::string(kind.create.name())}}))
        << kind.name;
    EXPECT_TRUE(Allows(policy, action(kind.describe), "*")) << kind.name;
    EXPECT_TRUE(Allows(policy, action(kind.remove), arn, OfARun("ResourceTag"))) << kind.name;
    EXPECT_FALSE(Allows(policy, action(kind.remove), arn)) << kind.name;
    for (const Ec2Action& further : kind.further) {
      if (further.empty()) continue;
      EXPECT_TRUE(Allows(policy, action(further), arn, OfARun("ResourceTag"))) << further.name();
      EXPECT_FALSE(Allows(policy, action(further), arn)) << further.name();
    }
  }
}

TEST(IamPolicy, IsAWellFormedPolicy) {
  const json policy = PolicyOf();
  EXPECT_EQ(policy["Version"], "2012-10-17");
  std::set<std::string> names;
  for (const json& statement : policy["Statement"]) {
    EXPECT_EQ(statement["Effect"], "Allow");
    EXPECT_TRUE(statement["Action"].is_array()) << statement;
    EXPECT_TRUE(names.insert(statement["Sid"]).second) << statement["Sid"];
    for (const json& action : statement["Action"]) {
      EXPECT_EQ(action.get<std::string>().find('*'), std::string::npos) << action;
    }
  }
}

// On "*" only reading is allowed, and only resources with the tool's tags can be removed.
TEST(IamPolicy, ChangesOnlyWhatCarriesTheTag) {
  int changing = 0;
  const auto removes = [](const std::string& name) {
    constexpr std::array kVerbs = {"Delete",     "Terminate", "Stop",        "Start",
                                   "Deregister", "Release",   "Disassociate"};
    return std::any_of(kVerbs.begin(), kVerbs.end(), [&name](const std::string& verb) {
      return name.starts_with("ec2:" + verb);
    });
  };
  const json policy = PolicyOf();
  for (const json& statement : policy["Statement"]) {
    for (const json& action : statement["Action"]) {
      const std::string name = action;
      if (statement["Resource"] == "*") {
        EXPECT_TRUE(name.starts_with("ec2:Describe") || name == "sts:GetCallerIdentity" ||
                    name == "s3:ListAllMyBuckets" || name == "sqs:ListQueues" ||
                    name == "servicequotas:GetServiceQuota")
            << name;
      }
      if (removes(name) && statement["Sid"] != "RemoveKeptImages") {
        ++changing;
        for (const char* tag : {"owner", "process", "expires"}) {
          const std::string key = std::string("aws:ResourceTag/launch-bench:") + tag;
          EXPECT_EQ(statement["Condition"]["Null"][key], "false") << name;
        }
        // Not "*" or any other text that somebody writes.
        EXPECT_EQ(statement["Condition"]["StringLike"]["aws:ResourceTag/launch-bench:run"],
                  "lb-????????"
                  "-??????"
                  "-??????")
            << name;
      }
    }
  }
  EXPECT_GE(changing, 16);
}

// Only route tables, subnets and VPCs that were made with a run's tags may be changed.
TEST(IamPolicy, RoutesAndTablesOnlyOfARun) {
  const json policy = PolicyOf();
  const std::string arn = "arn:aws:ec2:us-west-2:123456789012:";
  for (const char* action :
       {"ec2:CreateRoute", "ec2:AssociateRouteTable", "ec2:DeleteRouteTable"}) {
    EXPECT_TRUE(Allows(policy, action, arn + "route-table/rtb-1", OfARun("ResourceTag"))) << action;
    EXPECT_FALSE(Allows(policy, action, arn + "route-table/rtb-1")) << action;
    for (const auto& [tag, value] : OfARun("ResourceTag")) {
      Context incomplete = OfARun("ResourceTag");
      incomplete.erase(tag);
      EXPECT_FALSE(Allows(policy, action, arn + "route-table/rtb-1", incomplete)) << action << tag;
    }
    Context odd = OfARun("ResourceTag");
    odd["aws:ResourceTag/launch-bench:run"] = "*";
    EXPECT_FALSE(Allows(policy, action, arn + "route-table/rtb-1", odd)) << action;
  }
  EXPECT_TRUE(Allows(policy, "ec2:AssociateRouteTable", arn + "subnet/s-1", OfARun("ResourceTag")));
  EXPECT_FALSE(Allows(policy, "ec2:AssociateRouteTable", arn + "subnet/s-1"));
  // EC2 checks the new table, by the request's tags, and the VPC in which it is created.
  const std::string make = "ec2:CreateRouteTable";
  EXPECT_TRUE(Allows(policy, make, arn + "route-table/*", OfARun("RequestTag")));
  EXPECT_FALSE(Allows(policy, make, arn + "route-table/*"));
  EXPECT_TRUE(Allows(policy, make, arn + "vpc/vpc-1", OfARun("ResourceTag")));
  EXPECT_FALSE(Allows(policy, make, arn + "vpc/vpc-1"));
  // Tags come with the create call, and cannot be put on a stranger's resources.
  const std::string table = arn + "route-table/rtb-1";
  EXPECT_TRUE(Allows(policy, "ec2:CreateTags", table, {{"ec2:CreateAction", "CreateRouteTable"}}));
  EXPECT_FALSE(Allows(policy, "ec2:CreateTags", table, OfARun("RequestTag")));
}

TEST(IamPolicy, AKeptImageMayBeRemovedAndAStrangersMayNot) {
  const json policy = PolicyOf();
  const std::string hash(64, 'a');
  for (const auto& [action, arn] :
       {std::pair("ec2:DeregisterImage", "arn:aws:ec2:us-west-2::image/ami-1"),
        std::pair("ec2:DeleteSnapshot", "arn:aws:ec2:us-west-2::snapshot/snap-1")}) {
    EXPECT_TRUE(Allows(policy, action, arn, {{"aws:ResourceTag/launch-bench:image", hash}}));
    EXPECT_TRUE(Allows(policy, action, arn, OfARun("ResourceTag")));
    EXPECT_FALSE(Allows(policy, action, arn));
    EXPECT_FALSE(Allows(policy, action, arn,
                        {{"aws:ResourceTag/launch-bench:image", hash},
                         {"aws:ResourceTag/launch-bench:run", "lb-of-somebody"}}))
        << "a run still holds it";
  }
  EXPECT_FALSE(Allows(policy, "ec2:TerminateInstances",
                      "arn:aws:ec2:us-west-2:123456789012:instance/i-1",
                      {{"aws:ResourceTag/launch-bench:image", hash}}));
}

// The calls of Keep() (fixtures/machines/image_bake.cc) and of a later --cleanup=all, in their
// order, each evaluated with the tags that the image has by then.
TEST(IamPolicy, KeepingAnImageIsAllowedStepByStepAndSoIsItsEnd) {
  const json policy = PolicyOf();
  const std::string hash(64, 'a');
  for (const std::string arn :
       {"arn:aws:ec2:us-west-2::image/ami-1", "arn:aws:ec2:us-west-2::snapshot/snap-1"}) {
    const std::string remove =
        arn.find(":image/") != std::string::npos ? "ec2:DeregisterImage" : "ec2:DeleteSnapshot";
    EXPECT_TRUE(Allows(policy, "ec2:CreateImage", arn, OfARun("RequestTag")));
    Context tags = OfARun("ResourceTag");
    EXPECT_TRUE(Allows(policy, "ec2:CreateTags", arn, tags));
    tags["aws:ResourceTag/launch-bench:image"] = hash;
    EXPECT_TRUE(Allows(policy, remove, arn, tags)) << "a run that ends between the two calls";
    EXPECT_TRUE(Allows(policy, "ec2:DeleteTags", arn, tags));
    tags = {{"aws:ResourceTag/launch-bench:image", hash}};
    EXPECT_TRUE(Allows(policy, remove, arn, tags));
    EXPECT_TRUE(Allows(policy, "ec2:RunInstances", arn, tags)) << "what it is kept for";
    EXPECT_FALSE(Allows(policy, "ec2:CreateTags", arn, tags)) << "it is nobody's to change";
    EXPECT_FALSE(Allows(policy, "ec2:DeleteTags", arn, tags));
  }
  // The machine that the image is made of, and that machine's volume.
  for (const std::string arn : {"arn:aws:ec2:us-west-2:123456789012:instance/i-1",
                                "arn:aws:ec2:us-west-2:123456789012:volume/vol-1"}) {
    EXPECT_TRUE(Allows(policy, "ec2:CreateImage", arn, OfARun("ResourceTag"))) << arn;
    EXPECT_FALSE(Allows(policy, "ec2:CreateImage", arn)) << arn;
  }
}

TEST(IamPolicy, KeysOnlyForWhatEc2DoesWithThem) {
  const json policy = PolicyOf();
  const std::string key = "arn:aws:kms:us-west-2:123456789012:key/1234abcd";
  const Context by_ec2 = {{"kms:ViaService", "ec2.us-west-2.amazonaws.com"}};
  for (const char* action : {"kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext",
                             "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:DescribeKey"}) {
    EXPECT_TRUE(Allows(policy, action, key, by_ec2)) << action;
    EXPECT_FALSE(Allows(policy, action, key)) << action;
    EXPECT_FALSE(Allows(policy, action, key, {{"kms:ViaService", "s3.us-west-2.amazonaws.com"}}))
        << action;
  }
  Context grant = by_ec2;
  grant["kms:GrantIsForAWSResource"] = "true";
  EXPECT_TRUE(Allows(policy, "kms:CreateGrant", key, grant));
  grant["kms:GrantIsForAWSResource"] = "false";
  EXPECT_FALSE(Allows(policy, "kms:CreateGrant", key, grant));
  EXPECT_TRUE(Allows(PolicyOf({"aws-cn", {}}), "kms:Decrypt",
                     "arn:aws-cn:kms:cn-north-1:123456789012:key/1",
                     {{"kms:ViaService", "ec2.cn-north-1.amazonaws.com.cn"}}));
}

TEST(IamPolicy, OnlySpotsServiceLinkedRoleAndOnlyWhereSpotIsLaunched) {
  const std::string role = "arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/";
  const std::string action = "iam:CreateServiceLinkedRole";
  const Context of_spot = {{"iam:AWSServiceName", "spot.amazonaws.com"}};
  const json policy = PolicyOf({"aws", {}, true});
  EXPECT_TRUE(Allows(policy, action, role + "AWSServiceRoleForEC2Spot", of_spot));
  EXPECT_FALSE(Allows(policy, action, role + "AWSServiceRoleForEC2Spot",
                      {{"iam:AWSServiceName", "ecs.amazonaws.com"}}));
  EXPECT_FALSE(Allows(policy, action, role + "Another", of_spot));
  EXPECT_FALSE(Allows(PolicyOf(), action, role + "AWSServiceRoleForEC2Spot", of_spot));
}

TEST(IamPolicy, PassesOnlyTheRolesOfTheProfilesThatAreGivenAndOnlyToEc2) {
  const auto passes = [](const json& policy, const std::string& role, const std::string& service) {
    return Allows(policy, "iam:PassRole", role, {{"iam:PassedToService", service}});
  };
  const std::string role = "arn:aws:iam::123456789012:role/";
  EXPECT_FALSE(passes(PolicyOf(), role + "runner", "ec2.amazonaws.com"));
  for (const char* profile :
       {"runner", "arn:aws:iam::123456789012:instance-profile/ci/fleet/runner"}) {
    const json policy = PolicyOf({"aws", {profile, "runner"}});
    EXPECT_TRUE(passes(policy, role + "runner", "ec2.amazonaws.com")) << profile;
    EXPECT_FALSE(passes(policy, role + "runner", "lambda.amazonaws.com")) << profile;
    EXPECT_FALSE(passes(policy, role + "Administrator", "ec2.amazonaws.com")) << profile;
    EXPECT_FALSE(Allows(policy, "iam:PassRole", role + "runner")) << profile;
  }
  EXPECT_TRUE(passes(PolicyOf({"aws-cn", {"runner"}}), "arn:aws-cn:iam::123456789012:role/runner",
                     "ec2.amazonaws.com.cn"));
}

TEST(IamPolicy, AProfilesNameIsNoPattern) {
  for (const char* name : {"*", "run?er", "a/b", "${aws:username}", "a b", "", "r\xC3\xA9le",
                           "arn:aws:iam::1:instance-profile/*", "arn:aws:iam::1:instance-profile/"})
    EXPECT_THROW(IamPolicy({"aws", {name}}), std::invalid_argument) << name;
}

TEST(IamPolicy, ARegionsPartition) {
  for (const auto& [region, partition] :
       std::map<std::string, std::string>{{"us-west-2", "aws"},
                                          {"eu-central-1", "aws"},
                                          {"mx-central-1", "aws"},
                                          {"cn-north-1", "aws-cn"},
                                          {"cn-northwest-1", "aws-cn"},
                                          {"us-gov-east-1", "aws-us-gov"},
                                          {"us-iso-east-1", "aws-iso"},
                                          {"us-isob-east-1", "aws-iso-b"},
                                          {"eu-isoe-west-1", "aws-iso-e"},
                                          {"us-isof-south-1", "aws-iso-f"},
                                          {"eusc-de-east-1", "aws-eusc"}})
    EXPECT_EQ(PartitionOf(region), partition) << region;
}

TEST(IamPolicy, EveryArnIsOfThePartition) {
  const std::string text = IamPolicy({"aws-us-gov", {"runner"}});
  std::size_t count = 0;
  for (auto at = text.find("arn:"); at != std::string::npos; at = text.find("arn:", at + 1)) {
    EXPECT_TRUE(text.substr(at).starts_with("arn:aws-us-gov:")) << text.substr(at, 40);
    ++count;
  }
  EXPECT_GT(count, 20u);
}

// With the longest names that roles can have, for a run and for its fleets.
TEST(IamPolicy, FitsAManagedPolicy) {
  for (const char* partition : {"aws", "aws-cn", "aws-us-gov"}) {
    std::string text = IamPolicy({partition, {std::string(64, 'a'), std::string(64, 'b')}, true});
    std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
    EXPECT_LE(text.size(), kLargestManagedPolicy) << partition;
  }
}

// The guide's nightly job runs this besides launch_bench.
TEST(IamPolicy, TheGuidesStatementForTheBaselineIsEnoughForAwsS3Sync) {
  const std::string guide = FileText(test_support::SourcePath("docs/ci.md"));
  ASSERT_NE(guide.find("aws s3 sync \"s3://$BUCKET/baseline\" baseline"), std::string::npos);
  const auto start = guide.find("```json") + std::string("```json").size();
  const json statements = json::parse(guide.substr(start, guide.find("```", start) - start));
  const json policy = {{"Statement", statements}};
  const std::string bucket = "arn:aws:s3:::YOUR-BUCKET";
  EXPECT_TRUE(Allows(policy, "s3:ListBucket", bucket, {{"s3:prefix", "baseline/"}}));
  EXPECT_FALSE(Allows(policy, "s3:ListBucket", bucket, {{"s3:prefix", ""}}));
  EXPECT_TRUE(Allows(policy, "s3:GetObject", bucket + "/baseline/run-1.json"));
  EXPECT_FALSE(Allows(policy, "s3:GetObject", bucket + "/secrets"));
  EXPECT_FALSE(Allows(policy, "s3:PutObject", bucket + "/baseline/run-1.json"));
}

}  // namespace
}  // namespace aws
