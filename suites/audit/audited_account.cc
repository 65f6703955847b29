#include "suites/audit/audited_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "aws/child_program.h"
#include "aws/ec2.h"
#include "aws/ssm.h"
#include "fixtures/region/cloud_access.h"
#include "fixtures/region/visibility.h"

namespace suites {
namespace {

constexpr char kName[] = "launch-bench-audit";
constexpr char kImageParameter[] =
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
constexpr std::uint16_t kSshPort = 22;  // in a rule it stands for the local cloud's port
constexpr std::chrono::seconds kKeygenTimeout{20};
constexpr char kNoProxyFor[] = "127.0.0.1,localhost";
// How the user's tools print and retry. These name neither an account nor an endpoint.
constexpr std::array<std::string_view, 3> kKeptVariables{"AWS_DEFAULT_OUTPUT", "AWS_RETRY_MODE",
                                                         "AWS_MAX_ATTEMPTS"};

std::string MakeSecurityGroup(aws::Ec2* ec2, const aws::CallOptions& call) {
  const auto subnets = ec2->DescribeSubnets({{"default-for-az", {"true"}}}, call);
  if (subnets.empty()) throw std::runtime_error("the local cloud has no default subnet");
  const std::string id =
      ec2->CreateSecurityGroup(kName, "admits SSH", subnets.front().vpc_id, {}, call);
  ec2->AuthorizeSecurityGroupIngress(id, kSshPort, "0.0.0.0/0", call);
  fixtures::AwaitVisible(ec2, "security group", id, call);
  return id;
}

// OpenSSH's own program writes a form that every version of ssh reads.
void MakeKeyPair(aws::Ec2* ec2, const std::string& file, const aws::CallOptions& call) {
  aws::ChildProgram keygen(
      {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", kName, "-f", file});
  const aws::ChildOutcome outcome = keygen.Wait(aws::Clock::now() + kKeygenTimeout, call.stop);
  if (outcome.end != aws::ChildOutcome::End::kByItself || outcome.status != 0)
    throw std::runtime_error("ssh-keygen " + aws::DescribeEnd(outcome));
  std::string line;
  std::getline(std::ifstream(file + ".pub"), line);
  ec2->ImportKeyPair(kName, line, {}, call);
  fixtures::AwaitVisible(ec2, "key pair", kName, call);  // a key pair is found by its name
}

}  // namespace

std::map<std::string, std::string> PrepareAccount(const LocalCloudProcess& cloud,
                                                  const std::filesystem::path& directory,
                                                  const std::stop_token& stop) {
  fixtures::CloudAccess access;
  access.endpoint_url = cloud.endpoint_url();
  access.credentials = {cloud.access_key_id(), cloud.secret_access_key(), "", "the local cloud"};
  aws::CallOptions call;
  call.stop = stop;
  aws::Ec2 ec2(access.NewClient("ec2", cloud.region()));
  aws::Ssm ssm(access.NewClient("ssm", cloud.region()));

  std::map<std::string, std::string> variables{
      {"AWS_ENDPOINT_URL", cloud.endpoint_url()},
      {"AWS_ACCESS_KEY_ID", cloud.access_key_id()},
      {"AWS_SECRET_ACCESS_KEY", cloud.secret_access_key()},
      {"AWS_REGION", cloud.region()},
      {"AWS_DEFAULT_REGION", cloud.region()},
      {"AWS_CONFIG_FILE", "/dev/null"},
      {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"},
      {"AWS_EC2_METADATA_DISABLED", "true"},
      {"AWS_PAGER", ""},
      {"AUDIT_IMAGE_ID", ssm.GetParameter(kImageParameter, call)},
      {"AUDIT_SECURITY_GROUP_ID", MakeSecurityGroup(&ec2, call)},
      {"AUDIT_SSH_PORT", std::to_string(cloud.ssh_port())}};
  if (aws::IsOnPath("ssh-keygen")) {
    const std::string file = directory / "key";
    MakeKeyPair(&ec2, file, call);
    variables["AUDIT_KEY_NAME"] = kName;
    variables["AUDIT_KEY_FILE"] = file;
  }
  return variables;
}

std::vector<std::string> AuditedEnvironment(const std::vector<std::string>& ours,
                                            std::map<std::string, std::string> variables) {
  for (const char* name : {"NO_PROXY", "no_proxy"}) variables.try_emplace(name, kNoProxyFor);
  std::vector<std::string> environment;
  for (const std::string& entry : ours) {
    const auto equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    const bool is_kept = std::ranges::find(kKeptVariables, name) != kKeptVariables.end();
    if (name.starts_with("AWS_") && !is_kept) continue;
    const bool is_proxy_list = name == "NO_PROXY" || name == "no_proxy";
    if (is_proxy_list && equals + 1 < entry.size()) {
      variables[name] = entry.substr(equals + 1) + "," + kNoProxyFor;
    } else if (!variables.contains(name)) {
      environment.push_back(entry);
    }
  }
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
  return environment;
}

}  // namespace suites
