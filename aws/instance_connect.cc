#include "aws/instance_connect.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace aws {

using nlohmann::json;

InstanceConnect::InstanceConnect(std::shared_ptr<Client> client) : client_(std::move(client)) {}

void InstanceConnect::SendSshPublicKey(const std::string& instance_id, const std::string& os_user,
                                       const std::string& public_key_line,
                                       const std::string& availability_zone,
                                       const CallOptions& options) {
  json request = {
      {"InstanceId", instance_id}, {"InstanceOSUser", os_user}, {"SSHPublicKey", public_key_line}};
  if (!availability_zone.empty()) request["AvailabilityZone"] = availability_zone;
  const std::string body = request.dump(-1, ' ', false, json::error_handler_t::replace);
  const std::string text = client_->CallJson(
      "AWSEC2InstanceConnectService", ServiceAction("SendSSHPublicKey").name(), body, options);
  const json answer = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const json::json_pointer success("/Success");
  if (!answer.is_object() || !answer.contains(success) || answer[success] != true) {
    throw Error({.kind = Error::Kind::kProtocol,
                 .action = "SendSSHPublicKey",
                 .message = "was answered without Success: the key is not there",
                 .http_status = 200});
  }
}

}  // namespace aws
