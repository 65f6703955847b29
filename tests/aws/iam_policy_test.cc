#include "aws/iam_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "aws/ec2_kinds.h"
#include "tests/support/build_paths.h"

namespace aws {
namespace {

using nlohmann::json;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Returns the file without blanks and line breaks, so that its formatting does not matter.
std::string ReadDense(const std::filesystem::path& path) {
  std::string text = ReadFile(path);
  std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
  return text;
}

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

// Returns the quoted texts that follow `mark`.
std::vector<std::string> QuotedAfter(const std::string& text, const std::string& mark) {
  std::vector<std::string> found;
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::size_t start = at + mark.size();
    found.push_back(text.substr(start, text.find('"', start) - start));
  }
  return found;
}

// Returns the API's name for an AWS CLI command: "DescribeInstances" for "describe-instances".
std::string CamelCase(const std::string& words) {
  std::string name;
  bool starts = true;
  for (const char c : words) {
    if (c != '-') name += starts ? static_cast<char>(std::toupper(c)) : c;
    starts = c == '-';
  }
  return name;
}

// Returns the raw string literals that are marked as shell.
std::vector<std::string> ShellTexts(const std::string& text) {
  const std::string begin = "R\"sh(";
  std::vector<std::string> found;
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1))
    found.push_back(text.substr(at, text.find(")sh\"", at) - at));
  return found;
}

std::vector<std::string> MatchesOf(const std::string& pattern, const std::string& text) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match)
    found.push_back((*match)[1]);
  return found;
}

// Returns the actions of programs that we start with the caller's credentials: the AWS CLI,
// Terraform's S3 backend ("S3 Bucket Permissions" in its documentation), and the shell code of
// local runners, which signs its own requests.
std::set<std::string> ActionsOfProgramsAndScripts() {
  std::set<std::string> actions;
  for (const char* folder : {"aws", "fixtures", "suites"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(test_support::SourcePath(folder))) {
      if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
      const std::string text = ReadFile(entry.path());
      const std::string dense = ReadDense(entry.path());
      if (text.find("AmazonSQS.$1") != std::string::npos) {
        for (const std::string& name : MatchesOf("\\bsqs ([A-Z][A-Za-z]+) ", text))
          actions.insert("sqs:" + name);
      }
      // None of our shell code runs the AWS CLI. If some does, add its actions here.
      for (const std::string& shell : ShellTexts(text)) {
        EXPECT_EQ(shell.find("aws "), std::string::npos) << entry.path();
      }
      const bool runs_cli = dense.find("command{\"aws\",\"") != std::string::npos;
      if (runs_cli && dense.find("{\"aws\",\"ec2\"}") != std::string::npos) {
        for (const std::string& name : MatchesOf("\\{\"([a-z]+(?:-[a-z]+)+)\",", dense))
          actions.insert("ec2:" + CamelCase(name));
        if (dense.find("\"wait\",\"instance-running\"") != std::string::npos)
          actions.insert("ec2:DescribeInstances");
      } else if (runs_cli) {
        EXPECT_NE(dense.find("{\"aws\",\"configure\","), std::string::npos) << entry.path();
      }
      if (text.find("backend \\\"s3\\\"") != std::string::npos) {
        actions.insert({"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"});
      }
    }
  }
  return actions;
}

std::set<std::string> DeclaredEc2Actions() {
  std::set<std::string> actions;
  for (const std::string_view name : kEc2Actions) actions.insert("ec2:" + std::string(name));
  return actions;
}

// The IAM names of the operations of other services than EC2, read from the code that calls them.
// (Calls of EC2 name a row of kEc2Actions, or do not compile.)
std::set<std::string> ActionsOfOtherServices() {
  const std::pair<const char*, const char*> calls[] = {
      {"client_->CallQuery(\"", "sts:"},
      {"client_->CallRest(\"", "s3:"},
      {"CallSqs(*client_,\"", "sqs:"},
      {"client_->CallJson(\"AmazonSSM\",\"", "ssm:"},
      {"client_->CallJson(\"ServiceQuotasV20190624\",\"", "servicequotas:"},
      {"client_->CallJson(\"AWSEC2InstanceConnectService\",\"", "ec2-instance-connect:"}};
  std::set<std::string> actions;
  std::size_t json_calls = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test_support::SourcePath("aws"))) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = ReadDense(entry.path());
    for (const auto& [mark, service] : calls) {
      for (const std::string& name : QuotedAfter(text, mark)) {
        // Some operations have another name in policies.
        if (name == "ListObjectsV2")
          actions.insert("s3:ListBucket");
        else if (name == "ListBuckets")
          actions.insert("s3:ListAllMyBuckets");
        else if (name == "SendMessageBatch" || name == "DeleteMessageBatch")
          actions.insert(service + name.substr(0, name.size() - std::string("Batch").size()));
        else
          actions.insert(service + name);
      }
    }
    json_calls += QuotedAfter(text, "client_->CallJson(\"").size();
  }
  EXPECT_EQ(json_calls, 3u);  // a further JSON service needs a line above
  return actions;
}

std::set<std::string> ActionsInThePolicy() {
  std::set<std::string> actions;
  const json policy = PolicyOf({"aws", {"fleet-runner"}, true});
  for (const json& statement : policy["Statement"]) {
    for (const json& action : statement["Action"]) actions.insert(action);
  }
  return actions;
}

TEST(IamPolicy, AllowsExactlyWhatTheCodeCalls) {
  std::set<std::string> expected = DeclaredEc2Actions();
  expected.merge(ActionsOfOtherServices());
  // Else the patterns no longer find the calls:
  EXPECT_TRUE(expected.contains("ssm:GetParameter"));
  EXPECT_TRUE(expected.contains("sts:GetCallerIdentity"));
  EXPECT_TRUE(expected.contains("ec2-instance-connect:SendSSHPublicKey"));
  EXPECT_TRUE(expected.contains("sqs:ReceiveMessage"));
  const std::set<std::string> of_scripts = ActionsOfProgramsAndScripts();
  for (const char* action : {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "s3:PutObject",
                             "ec2:RunInstances", "ec2:DescribeInstances"})
    EXPECT_TRUE(of_scripts.contains(action)) << action;
  expected.insert(of_scripts.begin(), of_scripts.end());
  // Not calls of ours. AWS requires these permissions for CreateQueue with tags, a launch with an
  // instance profile, an account's first Spot request, and volumes that are encrypted with a
  // customer-managed key.
  expected.insert({"sqs:TagQueue", "iam:PassRole", "iam:CreateServiceLinkedRole", "kms:CreateGrant",
                   "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext",
                   "kms:ReEncryptFrom", "kms:ReEncryptTo"});
  EXPECT_EQ(ActionsInThePolicy(), expected);
}

// An operation that nothing calls any more would stay in the policy.
TEST(IamPolicy, EveryDeclaredOperationIsCalled) {
  std::string code;
  for (const auto& entry : std::filesystem::directory_iterator(test_support::SourcePath("aws"))) {
    const std::string name = entry.path().filename();
    if (name.starts_with("ec2_") && name.ends_with(".cc")) code += ReadFile(entry.path());
  }
  for (const std::string_view action : kEc2Actions)
    EXPECT_NE(code.find('"' + std::string(action) + '"'), std::string::npos) << action;
  EXPECT_TRUE(std::ranges::is_sorted(kEc2Actions));
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
  const std::string guide = ReadFile(test_support::SourcePath("docs/ci.md"));
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
