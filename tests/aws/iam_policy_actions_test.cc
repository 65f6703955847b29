// The policy allows the operations that the code calls, and no others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aws/ec2_actions.h"
#include "aws/iam_policy.h"
#include "aws/service_actions.h"
#include "tests/support/build_paths.h"
#include "tests/support/file_text.h"

namespace aws {
namespace {

using nlohmann::json;
using test_support::FileText;

// Returns the file without blanks and line breaks, so that its formatting does not matter.
std::string ReadDense(const std::filesystem::path& path) {
  std::string text = FileText(path);
  std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
  return text;
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
      const std::string text = FileText(entry.path());
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

// Returns the actions of the client. (Its calls name a row of these tables, or do not compile.)
std::set<std::string> DeclaredActions() {
  std::set<std::string> actions;
  for (const std::string_view name : kEc2Actions) actions.insert("ec2:" + std::string(name));
  for (const ServicePermission& row : kServiceActions) actions.emplace(row.permission);
  return actions;
}

std::set<std::string> ActionsInThePolicy() {
  std::set<std::string> actions;
  const json policy = json::parse(IamPolicy({"aws", {"fleet-runner"}, true}));
  for (const json& statement : policy["Statement"]) {
    for (const json& action : statement["Action"]) actions.insert(action);
  }
  return actions;
}

TEST(IamPolicy, AllowsExactlyWhatTheCodeCalls) {
  std::set<std::string> expected = DeclaredActions();
  const std::set<std::string> of_scripts = ActionsOfProgramsAndScripts();
  // Else the patterns no longer find the calls:
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
  std::string ec2;
  std::string others;
  for (const auto& entry : std::filesystem::directory_iterator(test_support::SourcePath("aws"))) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".cc")) (name.starts_with("ec2_") ? ec2 : others) += FileText(entry.path());
  }
  for (const std::string_view action : kEc2Actions)
    EXPECT_NE(ec2.find('"' + std::string(action) + '"'), std::string::npos) << action;
  for (const ServicePermission& row : kServiceActions)
    EXPECT_NE(others.find('"' + std::string(row.operation) + '"'), std::string::npos)
        << row.operation;
  EXPECT_TRUE(std::ranges::is_sorted(kEc2Actions));
  EXPECT_TRUE(std::ranges::is_sorted(kServiceActions, {}, &ServicePermission::operation));
}

}  // namespace
}  // namespace aws
