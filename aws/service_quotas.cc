#include "aws/service_quotas.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace aws {

using nlohmann::json;

ServiceQuotas::ServiceQuotas(std::shared_ptr<Client> client) : client_(std::move(client)) {}

double ServiceQuotas::GetServiceQuota(const std::string& service_code,
                                      const std::string& quota_code, const CallOptions& options) {
  const std::string body = json{{"ServiceCode", service_code}, {"QuotaCode", quota_code}}.dump();
  const std::string text = client_->CallJson(
      "ServiceQuotasV20190624", ServiceAction("GetServiceQuota").name(), body, options);
  const json answer = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const json::json_pointer value("/Quota/Value");
  if (!answer.is_object() || !answer.contains(value) || !answer[value].is_number()) {
    throw Error({.kind = Error::Kind::kProtocol,
                 .action = "GetServiceQuota",
                 .message = "was answered without a quota's value",
                 .http_status = 200});
  }
  return answer[value].get<double>();
}

}  // namespace aws
