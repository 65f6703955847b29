#include "localcloud/instance_connect/instance_connect.h"

#include <fmt/format.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <regex>
#include <utility>

#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/key_material.h"

namespace localcloud {
namespace {

using Json = nlohmann::json;

// Throws ApiError if the service's model (API version 2018-04-02) does not allow the key or the
// user.
void RequireKeyAndUser(const std::string& key, const std::string& user, const std::string& error) {
  constexpr std::size_t kShortestKey = 80;
  constexpr std::size_t kLongestKey = 4096;
  constexpr std::size_t kLongestUser = 32;
  static const std::regex kUser(
      R"([A-Za-z_][A-Za-z0-9@._-]{0,30}[A-Za-z0-9$_-]?|[0-9]+[A-Za-z@._-][A-Za-z0-9@._-]*[$]?)");
  if (user.size() > kLongestUser || !std::regex_match(user, kUser)) {
    throw ApiError(error, "InstanceOSUser: must be 1 to 32 characters that a user name may have");
  }
  if (key.size() < kShortestKey || key.size() > kLongestKey) {
    throw ApiError(error, fmt::format("SSHPublicKey: {} to {} characters, not {}", kShortestKey,
                                      kLongestKey, key.size()));
  }
}

Json SendSshPublicKey(Region* region, const Json& request, const std::string& request_id) {
  const std::string invalid = "InvalidArgsException";
  const std::string id = RequireText(request, "InstanceId", invalid);
  const std::string user = RequireText(request, "InstanceOSUser", invalid);
  const std::string line = RequireText(request, "SSHPublicKey", invalid);
  const std::string zone = ReadText(request, "AvailabilityZone");
  RequireKeyAndUser(line, user, invalid);
  PublicKey key;
  try {
    key = ReadPublicKey(line);
  } catch (const ApiError& failure) {
    throw ApiError(invalid, failure.what());
  }
  const auto found = region->instances.find(id);
  if (found == region->instances.end() || !found->second->is_visible()) {
    throw ApiError("EC2InstanceNotFoundException", fmt::format("Instance {} not found", id));
  }
  Instance& instance = *found->second;
  if (!zone.empty() && zone != instance.zone()) {
    throw ApiError("EC2InstanceNotFoundException",
                   fmt::format("Instance {} not found in {}", id, zone));
  }
  if (instance.state() != InstanceState::kRunning) {
    throw ApiError("EC2InstanceStateInvalidException",
                   fmt::format("Instance {} is {}, not running", id, StateName(instance.state())));
  }
  // Reports success even if the image has no agent to use the key: the real service cannot know
  // that either.
  instance.PushKey(user, key.line);
  return {{"RequestId", request_id}, {"Success", true}};
}

}  // namespace

InstanceConnect::InstanceConnect(FindRegion find_region)
    : JsonService("ec2-instance-connect",
                  {{"AWSEC2InstanceConnectService.SendSSHPublicKey",
                    [find = std::move(find_region)](const Json& request, const ServiceCall& call) {
                      return SendSshPublicKey(find(call.region), request, call.request_id);
                    }}}) {}

std::vector<std::string> InstanceConnect::OperationNames() { return {"SendSSHPublicKey"}; }

}  // namespace localcloud
