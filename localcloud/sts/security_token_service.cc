#include "localcloud/sts/security_token_service.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "localcloud/http/dates.h"
#include "localcloud/http/query_parameters.h"
#include "localcloud/http/xml_writer.h"

namespace localcloud {
namespace {

constexpr const char* kNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

}  // namespace

SecurityTokenService::SecurityTokenService(std::string account_id, SessionKeys* keys, Now now)
    : account_id_(std::move(account_id)), keys_(*keys), now_(std::move(now)) {}

std::vector<std::string> SecurityTokenService::OperationNames() {
  return {"GetCallerIdentity", "GetSessionToken"};
}

bool SecurityTokenService::Recognizes(const HttpRequest& request,
                                      const std::string& signed_for) const {
  return signed_for == "sts" && !IsPresigned(request);
}

std::string SecurityTokenService::OperationOf(const HttpRequest& request) const {
  return QueryParameters::Of(request).RequireAction();
}

void SecurityTokenService::Run(const ServiceCall& call, const Respond& respond) {
  std::string children;
  if (call.operation == "GetCallerIdentity") {
    children = CallerIdentity();
  } else if (call.operation == "GetSessionToken") {
    children = SessionToken(call.request);
  } else {
    throw ApiError(
        "InvalidAction",
        fmt::format("Could not find operation {} for version 2011-06-15", call.operation));
  }
  XmlWriter xml;
  const std::string root = call.operation + "Response";
  xml.Open(root, kNamespace);
  xml.Element(call.operation + "Result", [&] { xml.Raw(children); });
  xml.Element("ResponseMetadata", [&] { xml.Text("RequestId", call.request_id); });
  xml.Close(root);
  respond(XmlAnswer(200, xml.text(), call.request_id));
}

std::string SecurityTokenService::CallerIdentity() const {
  XmlWriter xml;
  xml.Text("Arn", fmt::format("arn:aws:iam::{}:user/localcloud", account_id_));
  xml.Text("UserId", "AIDALOCALCLOUD0000000");
  xml.Text("Account", account_id_);
  return xml.text();
}

// AWS issues none for less than 15 minutes. Shorter lifetimes are allowed here, so that tests can
// see keys expire.
std::string SecurityTokenService::SessionToken(const HttpRequest& request) {
  constexpr std::int64_t kDefault_s = 43'200;
  constexpr std::int64_t kMost_s = 129'600;
  const auto asked = QueryParameters::Of(request).GetInt("DurationSeconds");
  const std::int64_t life_s = asked.value_or(kDefault_s);
  if (life_s < 1 || life_s > kMost_s)
    throw ApiError("ValidationError", "DurationSeconds: from 1 to 129600 here");
  const auto& issued = keys_.Issue(now_() + std::chrono::seconds(life_s));
  XmlWriter xml;
  xml.Element("Credentials", [&] {
    xml.Text("AccessKeyId", issued.key.access_key_id);
    xml.Text("SecretAccessKey", issued.key.secret_access_key);
    xml.Text("SessionToken", issued.key.session_token);
    xml.Text("Expiration", FormatTime(issued.expiry));
  });
  return xml.text();
}

HttpResponse SecurityTokenService::Refusal(const HttpRequest& /*request*/, const ApiError& error,
                                           const std::string& request_id) const {
  XmlWriter xml;
  xml.Open("ErrorResponse", kNamespace);
  xml.Element("Error", [&] {
    xml.Text("Type", error.http_status() < 500 ? "Sender" : "Receiver");
    xml.Text("Code", error.code());
    xml.Text("Message", error.what());
  });
  xml.Text("RequestId", request_id);
  xml.Close("ErrorResponse");
  return XmlAnswer(error.http_status(), xml.text(), request_id);
}

ApiError SecurityTokenService::SignatureError(SignatureVerdict verdict,
                                              const std::string& reason) const {
  switch (verdict) {
    case SignatureVerdict::kMissing:
      return {"MissingAuthenticationToken", "Request is missing Authentication Token", 403};
    case SignatureVerdict::kIncomplete:
      return {"IncompleteSignature", reason, 400};
    case SignatureVerdict::kUnknownKey:
      return {"InvalidClientTokenId", "The security token included in the request is invalid.",
              403};
    case SignatureVerdict::kExpired:
      return {"SignatureDoesNotMatch", "Signature expired: " + reason, 403};
    default:
      return {"SignatureDoesNotMatch",
              "The request signature we calculated does not match the signature you provided. "
              "Check your AWS Secret Access Key and signing method. (" +
                  reason + ")",
              403};
  }
}

ApiError SecurityTokenService::ExpiredSession() const {
  return {"ExpiredToken", "The security token included in the request is expired", 403};
}

ApiError SecurityTokenService::WrongScope(const HttpRequest& /*request*/,
                                          const std::string& reason) const {
  return {"SignatureDoesNotMatch", reason, 403};
}

}  // namespace localcloud
