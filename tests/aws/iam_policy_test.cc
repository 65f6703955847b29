#include "aws/iam_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace aws {
namespace {

using nlohmann::json;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The file without blanks and line breaks, so that the formatting does not matter.
std::string ReadDense(const std::filesystem::path& path) {
  std::string text = ReadFile(path);
  std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
  return text;
}

// What stands in quotes after each `mark`.
std::vector<std::string> QuotedAfter(const std::string& text, const std::string& mark) {
  std::vector<std::string> found;
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::size_t start = at + mark.size();
    found.push_back(text.substr(start, text.find('"', start) - start));
  }
  return found;
}

// The IAM names of every operation that the client's code can call, read from that code.
std::set<std::string> ActionsInTheCode() {
  const std::pair<const char*, const char*> calls[] = {
      {"Call(*client_,\"", "ec2:"},
      {"CallPages(*client_,\"", "ec2:"},
      {"client_->CallQuery(\"", "sts:"},
      {"client_->CallRest(\"", "s3:"},
      {"CallSqs(*client_,\"", "sqs:"},
      {"client_->CallJson(\"AmazonSSM\",\"", "ssm:"},
      {"client_->CallJson(\"AWSEC2InstanceConnectService\",\"", "ec2-instance-connect:"}};
  std::set<std::string> actions;
  std::size_t json_calls = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LAUNCH_BENCH_SOURCE_DIR "/aws")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = ReadDense(entry.path());
    for (const auto& [mark, service] : calls) {
      for (const std::string& name : QuotedAfter(text, mark)) {
        // Some operations are allowed under another name.
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
  EXPECT_EQ(json_calls, 2u);  // a further JSON service needs a line above
  return actions;
}

std::set<std::string> ActionsInThePolicy() {
  std::set<std::string> actions;
  const json policy = json::parse(IamPolicy());
  for (const json& statement : policy["Statement"]) {
    for (const json& action : statement["Action"]) actions.insert(action);
  }
  return actions;
}

TEST(IamPolicy, AllowsExactlyWhatTheCodeCalls) {
  std::set<std::string> expected = ActionsInTheCode();
  EXPECT_GE(expected.size(), 34u);  // else the pattern has lost sight of the calls
  EXPECT_TRUE(expected.contains("ec2:RunInstances"));
  EXPECT_TRUE(expected.contains("ec2:DescribeInstances"));
  EXPECT_TRUE(expected.contains("ssm:GetParameter"));
  EXPECT_TRUE(expected.contains("sts:GetCallerIdentity"));
  EXPECT_TRUE(expected.contains("ec2-instance-connect:SendSSHPublicKey"));
  expected.insert(
      "iam:PassRole");  // no call of ours: EC2 asks for it where there is an instance profile
  EXPECT_TRUE(expected.contains("sqs:ReceiveMessage"));
  expected.insert("sqs:TagQueue");  // asked for where CreateQueue comes with tags
  EXPECT_EQ(ActionsInThePolicy(), expected);
}

// Every typed operation of the headers is found in the code, so that the list above is whole.
TEST(IamPolicy, EveryDeclaredOperationIsInTheCode) {
  const std::set<std::string> actions = ActionsInTheCode();
  const std::string header = ReadDense(LAUNCH_BENCH_SOURCE_DIR "/aws/ec2.h");
  const std::string operations = header.substr(header.find("classEc2{"));
  int found = 0;
  // Every operation ends in "constCallOptions&options);"; its name is the word before the bracket.
  const std::string end = "constCallOptions&options);";
  std::size_t start = 0;
  for (auto at = operations.find(end); at != std::string::npos; at = operations.find(end, start)) {
    const std::string declaration = operations.substr(start, at - start);
    if (declaration.find("AuthorizeSecurityGroupIngressFrom(") != std::string::npos) {
      start = at + end.size();  // the same operation, asked in another way
      continue;
    }
    const bool is_declared =
        std::any_of(actions.begin(), actions.end(), [&declaration](const std::string& action) {
          return declaration.find(action.substr(action.find(':') + 1) + "(") != std::string::npos;
        });
    EXPECT_TRUE(is_declared) << declaration;
    start = at + end.size();
    ++found;
  }
  EXPECT_EQ(found, 43);
}

TEST(IamPolicy, IsAWellFormedPolicy) {
  const json policy = json::parse(IamPolicy());
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

// Nothing but reading is allowed on "*", and nothing is removed that does not carry the tool's tag.
TEST(IamPolicy, ChangesOnlyWhatCarriesTheTag) {
  int changing = 0;
  const auto removes = [](const std::string& name) {
    constexpr std::array kVerbs = {"Delete",     "Terminate", "Stop",        "Start",
                                   "Deregister", "Release",   "Disassociate"};
    return std::any_of(kVerbs.begin(), kVerbs.end(), [&name](const std::string& verb) {
      return name.starts_with("ec2:" + verb);
    });
  };
  const json policy = json::parse(IamPolicy());
  for (const json& statement : policy["Statement"]) {
    for (const json& action : statement["Action"]) {
      const std::string name = action;
      if (statement["Resource"] == "*") {
        EXPECT_TRUE(name.starts_with("ec2:Describe") || name == "sts:GetCallerIdentity" ||
                    name == "s3:ListAllMyBuckets" || name == "sqs:ListQueues")
            << name;
      }
      if (removes(name)) {
        ++changing;
        EXPECT_EQ(statement["Condition"]["Null"]["aws:ResourceTag/launch-bench:run"], "false")
            << name;
      }
    }
  }
  EXPECT_EQ(changing, 14);
}

}  // namespace
}  // namespace aws
