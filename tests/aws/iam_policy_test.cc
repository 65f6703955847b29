#include "aws/iam_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

namespace aws {
namespace {

using nlohmann::json;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The IAM names of every operation that the client's code can call, read from that code.
std::set<std::string> ActionsInTheCode() {
  const std::map<std::string, std::string> services = {
      {"ssm.cc", "ssm:"}, {"sts.cc", "sts:"}, {"instance_connect.cc", "ec2-instance-connect:"}};
  // Call(*client_, "X", CallPages(*client_, "X", client_->CallQuery("X",
  // client_->CallJson("Prefix", "X"
  const std::regex call(
      R"re(\bCall(?:Pages|Query|Json)?\(\s*(?:\*client_,\s*)?(?:"\w+",\s*)?"(\w+)"\s*,)re");
  std::set<std::string> actions;
  for (const auto& entry : std::filesystem::directory_iterator(LAUNCH_BENCH_SOURCE_DIR "/aws")) {
    if (entry.path().extension() != ".cc") continue;
    const auto service = services.find(entry.path().filename());
    const std::string prefix = service == services.end() ? "ec2:" : service->second;
    const std::string text = ReadFile(entry.path());
    for (std::sregex_iterator i(text.begin(), text.end(), call), end; i != end; ++i) {
      actions.insert(prefix + (*i)[1].str());
    }
  }
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
  EXPECT_EQ(ActionsInThePolicy(), expected);
}

// Every typed operation of the headers is found in the code, so that the list above is whole.
TEST(IamPolicy, EveryDeclaredOperationIsInTheCode) {
  const std::set<std::string> actions = ActionsInTheCode();
  const std::string header = ReadFile(LAUNCH_BENCH_SOURCE_DIR "/aws/ec2.h");
  const std::string operations = header.substr(header.find("class Ec2"));
  const std::regex name(
      R"(\b([A-Z][A-Za-z]+)\(const (?:std::vector|std::string|CallOptions)|(RunInstances)\()");
  int found = 0;
  for (std::sregex_iterator i(operations.begin(), operations.end(), name), end; i != end; ++i) {
    const std::string action = (*i)[1].matched ? (*i)[1].str() : (*i)[2].str();
    EXPECT_TRUE(actions.contains("ec2:" + action)) << action;
    ++found;
  }
  EXPECT_GE(found, 30);
}

TEST(IamPolicy, IsAWellFormedPolicy) {
  const json policy = json::parse(IamPolicy());
  EXPECT_EQ(policy["Version"], "2012-10-17");
  std::set<std::string> names;
  for (const json& statement : policy["Statement"]) {
    EXPECT_EQ(statement["Effect"], "Allow");
    EXPECT_TRUE(statement["Action"].is_array()) << statement;
    EXPECT_TRUE(std::regex_match(statement["Sid"].get<std::string>(), std::regex("[A-Za-z0-9]+")));
    EXPECT_TRUE(names.insert(statement["Sid"]).second) << statement["Sid"];
    for (const json& action : statement["Action"]) {
      EXPECT_EQ(action.get<std::string>().find('*'), std::string::npos) << action;
    }
  }
}

// Nothing but reading is allowed on "*", and nothing is removed that does not carry the tool's tag.
TEST(IamPolicy, ChangesOnlyWhatCarriesTheTag) {
  const std::regex reads(R"(ec2:Describe\w+|sts:GetCallerIdentity)");
  int changing = 0;
  const std::regex changes(
      R"(ec2:(Delete|Terminate|Stop|Start|Deregister|Release|Disassociate)\w+)");
  const json policy = json::parse(IamPolicy());
  for (const json& statement : policy["Statement"]) {
    for (const json& action : statement["Action"]) {
      const std::string name = action;
      if (statement["Resource"] == "*") {
        EXPECT_TRUE(std::regex_match(name, reads)) << name;
      }
      if (std::regex_match(name, changes)) {
        ++changing;
        EXPECT_EQ(statement["Condition"]["Null"]["aws:ResourceTag/launch-bench:run"], "false")
            << name;
      }
    }
  }
  EXPECT_EQ(changing, 11);
}

}  // namespace
}  // namespace aws
