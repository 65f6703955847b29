#include "localcloud/http/json_service.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace localcloud {

using Json = nlohmann::json;

HttpResponse JsonAnswer(const std::string& version, const std::string& body,
                        const std::string& request_id) {
  HttpResponse response;
  response.content_type = "application/x-amz-json-" + version;
  response.headers = {{"x-amzn-RequestId", request_id}};
  response.body = body;
  return response;
}

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

JsonService::JsonService(std::string signing_name, Operations operations)
    : signing_name_(std::move(signing_name)), operations_(std::move(operations)) {}

bool JsonService::Recognizes(const HttpRequest& request, const std::string& signed_for) const {
  return signed_for == signing_name_ && !IsPresigned(request);
}

std::string JsonService::OperationOf(const HttpRequest& request) const {
  const std::string target(request.header("x-amz-target"));
  const std::string operation = target.substr(target.find('.') + 1);
  if (operation.empty())
    throw ApiError("UnknownOperationException", "The X-Amz-Target header is missing");
  return operation;
}

void JsonService::Run(const ServiceCall& call, const Respond& respond) {
  const Json request = Json::parse(call.request.body, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object())
    throw ApiError("SerializationException", "The body is not a JSON object");
  const std::string target(call.request.header("x-amz-target"));
  const auto operation = operations_.find(target);
  if (operation == operations_.end())
    throw ApiError("UnknownOperationException", fmt::format("localcloud has no {}", target));
  respond(JsonAnswer("1.1", operation->second(request, call).dump(), call.request_id));
}

HttpResponse JsonService::Refusal(const HttpRequest& /*request*/, const ApiError& error,
                                  const std::string& request_id) const {
  const Json body = {{"__type", error.code()}, {"message", error.what()}};
  HttpResponse response =
      JsonAnswer("1.1", body.dump(-1, ' ', false, Json::error_handler_t::replace), request_id);
  response.status = error.http_status();
  return response;
}

ApiError JsonService::SignatureError(SignatureVerdict verdict, const std::string& reason) const {
  switch (verdict) {
    case SignatureVerdict::kMissing:
      return {"MissingAuthenticationTokenException", "Request is missing Authentication Token",
              403};
    case SignatureVerdict::kIncomplete:
      return {"IncompleteSignatureException", reason, 400};
    case SignatureVerdict::kUnknownKey:
      return {"UnrecognizedClientException",
              "The security token included in the request is invalid.", 400};
    case SignatureVerdict::kExpired:
      return {"InvalidSignatureException", "Signature expired: " + reason, 400};
    default:
      return {"InvalidSignatureException",
              "The request signature we calculated does not match the signature you provided. "
              "Check your AWS Secret Access Key and signing method. (" +
                  reason + ")",
              400};
  }
}

ApiError JsonService::ExpiredSession() const {
  return {"ExpiredTokenException", "The security token included in the request is expired", 403};
}

ApiError JsonService::WrongScope(const HttpRequest& /*request*/, const std::string& reason) const {
  return {"InvalidSignatureException", reason, 403};
}

}  // namespace localcloud
