#include "aws/ssm.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace aws {

using nlohmann::json;

Ssm::Ssm(std::shared_ptr<Client> client) : client_(std::move(client)) {}

std::string Ssm::GetParameter(const std::string& name, const CallOptions& options) {
  const std::string body =
      json{{"Name", name}}.dump(-1, ' ', false, json::error_handler_t::replace);
  const std::string text =
      client_->CallJson("AmazonSSM", ServiceAction("GetParameter").name(), body, options);
  const json answer = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const json::json_pointer value("/Parameter/Value");
  if (!answer.is_object() || !answer.contains(value) || !answer[value].is_string()) {
    throw Error({.kind = Error::Kind::kProtocol,
                 .action = "GetParameter",
                 .message = "was answered without a parameter value",
                 .http_status = 200});
  }
  return answer[value].get<std::string>();
}

}  // namespace aws
