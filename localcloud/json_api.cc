#include "localcloud/json_api.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "localcloud/api_error.h"
#include "localcloud/instance.h"
#include "localcloud/key_material.h"

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

Json GetParameter(Region* region, const Json& request) {
  const std::string name = RequireText(request, "Name", "ValidationException");
  const std::string prefix = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-";
  // The image with Docker is the same one: packages that no boot depends on are not modelled.
  const auto docker = [](const std::string& architecture) {
    return fmt::format("/aws/service/ecs/optimized-ami/amazon-linux-2023{}/recommended/image_id",
                       architecture == "arm64" ? "/arm64" : "");
  };
  for (const std::string architecture : {"x86_64", "arm64"}) {
    if (name != prefix + architecture && name != docker(architecture)) continue;
    const std::string value = PublicImageId(region->name, architecture);
    return {{"Parameter",
             {{"Name", name},
              {"Type", "String"},
              {"Value", value},
              {"Version", 1},
              {"LastModifiedDate", 1767571200.0},  // that of the public image
              {"ARN", fmt::format("arn:aws:ssm:{}::parameter{}", region->name, name)},
              {"DataType", "text"}}}};
  }
  throw ApiError("ParameterNotFound", fmt::format("Parameter {} not found.", name));
}

Json SendSshPublicKey(Region* region, const Json& request, const std::string& request_id) {
  const std::string invalid = "InvalidArgsException";
  const std::string id = RequireText(request, "InstanceId", invalid);
  const std::string user = RequireText(request, "InstanceOSUser", invalid);
  const std::string line = RequireText(request, "SSHPublicKey", invalid);
  const std::string zone = ReadText(request, "AvailabilityZone");
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

}  // namespace

std::string RunJsonAction(Region* region, const std::string& target, const std::string& body,
                          const std::string& request_id) {
  const Json request = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object())
    throw ApiError("SerializationException", "The body is not a JSON object");
  if (target == "AmazonSSM.GetParameter") return GetParameter(region, request).dump();
  if (target == "AWSEC2InstanceConnectService.SendSSHPublicKey") {
    return SendSshPublicKey(region, request, request_id).dump();
  }
  throw ApiError("UnknownOperationException", fmt::format("localcloud has no {}", target));
}

}  // namespace localcloud
