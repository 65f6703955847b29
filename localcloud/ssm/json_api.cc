#include "localcloud/ssm/json_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/key_material.h"
#include "localcloud/ec2/state/public_parameters.h"
#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

using Json = nlohmann::json;

std::string ReadText(const Json& request, const std::string& key) {
  const auto found = request.find(key);
  if (found == request.end() || !found->is_string()) return {};
  return found->get<std::string>();
}

std::string RequireText(const Json& request, const std::string& key, const std::string& error) {
  std::string value = ReadText(request, key);
  if (value.empty()) throw ApiError(error, fmt::format("{} is missing", key));
  return value;
}

Json ParameterNamed(const Region& region, const std::string& name, const std::string& value) {
  return {{"Name", name},
          {"Type", "String"},
          {"Value", value},
          {"Version", 1},
          {"LastModifiedDate", 1767571200.0},  // that of the public image
          {"ARN", fmt::format("arn:aws:ssm:{}::parameter{}", region.name, name)},
          {"DataType", "text"}};
}

Json GetParameter(const Region& region, const Json& request) {
  const std::string name = RequireText(request, "Name", "ValidationException");
  const auto value = FindPublicParameter(region.name, name);
  if (!value) throw ApiError("ParameterNotFound", fmt::format("Parameter {} not found.", name));
  return {{"Parameter", ParameterNamed(region, name, *value)}};
}

// Ten names at most; those it does not know are no failure.
Json GetParameters(const Region& region, const Json& request) {
  constexpr std::size_t kMost = 10;
  const auto names = request.find("Names");
  const bool listed = names != request.end() && names->is_array() && !names->empty() &&
                      names->size() <= kMost &&
                      std::ranges::all_of(*names, [](const Json& n) { return n.is_string(); });
  if (!listed) throw ApiError("ValidationException", "Names: a list of 1 to 10 names");
  Json answer = {{"Parameters", Json::array()}, {"InvalidParameters", Json::array()}};
  for (const Json& name : *names) {
    const auto value = FindPublicParameter(region.name, name.get<std::string>());
    if (value) {
      answer["Parameters"].push_back(ParameterNamed(region, name.get<std::string>(), *value));
    } else {
      answer["InvalidParameters"].push_back(name);
    }
  }
  return answer;
}

// Throws ApiError if the service's model (API version 2018-04-02) does not allow one of them.
void RequireKeyAndUser(const std::string& key, const std::string& user, const std::string& error) {
  constexpr std::size_t kShortestKey = 80;
  constexpr std::size_t kLongestKey = 4096;
  constexpr std::size_t kLongestUser = 32;
  static const std::regex kUser(
      R"([A-Za-z_][A-Za-z0-9@._-]{0,30}[A-Za-z0-9$_-]?|[0-9]+[A-Za-z@._-][A-Za-z0-9@._-]*[$]?)");
  if (user.size() > kLongestUser || !std::regex_match(user, kUser)) {
    throw ApiError(error, "InstanceOSUser: 1 to 32 characters that a name of a user may have");
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
  // Accepted also where the image has no agent to honour it: the service cannot know.
  instance.PushKey(user, key.line);
  return {{"RequestId", request_id}, {"Success", true}};
}

// The one quota that is modelled, of the kind that an account here can reach.
Json GetServiceQuota(Region* region, const Json& request) {
  const std::string invalid = "IllegalArgumentException";
  const std::string service = RequireText(request, "ServiceCode", invalid);
  const std::string quota = RequireText(request, "QuotaCode", invalid);
  if (service != "ec2" || quota != "L-1216C47A") {
    throw ApiError("NoSuchResourceException",
                   "The request failed because the specified quota does not exist.");
  }
  return {{"Quota",
           {{"ServiceCode", "ec2"},
            {"ServiceName", "Amazon Elastic Compute Cloud (Amazon EC2)"},
            {"QuotaArn", fmt::format("arn:aws:servicequotas:{}:{}:ec2/{}", region->name,
                                     region->services.account_id, quota)},
            {"QuotaCode", quota},
            {"QuotaName", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"},
            {"Value", static_cast<double>(region->latencies.standard_vcpus)},
            {"Unit", "None"},
            {"Adjustable", true},
            {"GlobalQuota", false}}}};
}

}  // namespace

std::string RunJsonAction(Region* region, const std::string& target, const std::string& body,
                          const std::string& request_id) {
  const Json request = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object())
    throw ApiError("SerializationException", "The body is not a JSON object");
  if (target == "AmazonSSM.GetParameter") return GetParameter(*region, request).dump();
  if (target == "AmazonSSM.GetParameters") return GetParameters(*region, request).dump();
  if (target == "AWSEC2InstanceConnectService.SendSSHPublicKey") {
    return SendSshPublicKey(region, request, request_id).dump();
  }
  if (target == "ServiceQuotasV20190624.GetServiceQuota")
    return GetServiceQuota(region, request).dump();
  throw ApiError("UnknownOperationException", fmt::format("localcloud has no {}", target));
}

}  // namespace localcloud
