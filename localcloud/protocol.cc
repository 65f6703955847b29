#include "localcloud/protocol.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <nlohmann/json.hpp>

#include "localcloud/http/xml_writer.h"
#include "localcloud/sqs/queue_service.h"

namespace localcloud {
namespace {

constexpr const char* kEc2Namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
constexpr const char* kStsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";
constexpr const char* kXmlDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

HttpResponse XmlResponse(int status, const XmlWriter& xml, const std::string& request_id) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/xml;charset=UTF-8";
  response.headers = {{"x-amzn-RequestId", request_id}};
  response.body = kXmlDeclaration + xml.text();
  return response;
}

ApiError S3SignatureError(SignatureVerdict verdict, const std::string& reason) {
  switch (verdict) {
    case SignatureVerdict::kMissing:
      return {"AccessDenied", "Access Denied", 403};
    case SignatureVerdict::kIncomplete:
      return {"AuthorizationHeaderMalformed", reason, 400};
    case SignatureVerdict::kUnknownKey:
      return {"InvalidAccessKeyId",
              "The AWS Access Key Id you provided does not exist in our records.", 403};
    case SignatureVerdict::kExpired:
      return {"RequestTimeTooSkewed", reason, 403};
    case SignatureVerdict::kIncompleteQuery:
      return {"AuthorizationQueryParametersError", reason, 400};
    case SignatureVerdict::kNotNow:
      return {"AccessDenied", reason, 403};
    case SignatureVerdict::kVersion2:
      return {"InvalidRequest",
              "The authorization mechanism you have provided is not supported. Please use "
              "AWS4-HMAC-SHA256.",
              400};
    default:
      return {"SignatureDoesNotMatch",
              "The request signature we calculated does not match the signature you provided. (" +
                  reason + ")",
              403};
  }
}

}  // namespace

bool IsJson(Protocol protocol) {
  return protocol == Protocol::kJson || protocol == Protocol::kSqsJson;
}

Protocol ProtocolOf(const std::string& service) {
  if (service == "sts") return Protocol::kStsQuery;
  if (service == "ssm" || service == "ec2-instance-connect" || service == "servicequotas")
    return Protocol::kJson;
  if (service == "sqs") return Protocol::kSqsJson;
  return service == "s3" ? Protocol::kS3 : Protocol::kEc2Query;
}

Protocol ProtocolOf(const HttpRequest& request) {
  if (IsPresigned(request)) return Protocol::kS3;
  return ProtocolOf(ReadCredentialScope(request).value_or(CredentialScope{}).service);
}

std::string NewRequestId() {
  std::array<unsigned char, 16> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += fmt::format("{:02x}", bytes[i]);
  }
  return id;
}

HttpResponse QueryAnswer(Protocol protocol, const std::string& action, const std::string& children,
                         const std::string& request_id) {
  XmlWriter xml;
  const std::string root = action + "Response";
  if (protocol == Protocol::kStsQuery) {
    xml.Open(root, kStsNamespace);
    xml.Element(action + "Result", [&] { xml.Raw(children); });
    xml.Element("ResponseMetadata", [&] { xml.Text("RequestId", request_id); });
  } else {
    xml.Open(root, kEc2Namespace);
    xml.Text("requestId", request_id);
    xml.Raw(children);
  }
  xml.Close(root);
  return XmlResponse(200, xml, request_id);
}

HttpResponse JsonAnswer(Protocol protocol, const std::string& body, const std::string& request_id) {
  HttpResponse response;
  response.content_type =
      protocol == Protocol::kSqsJson ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1";
  response.headers = {{"x-amzn-RequestId", request_id}};
  response.body = body;
  return response;
}

HttpResponse ErrorAnswer(Protocol protocol, const ApiError& error, const std::string& request_id) {
  if (IsJson(protocol)) {
    const bool sqs = protocol == Protocol::kSqsJson;
    const nlohmann::json body = {{"__type", (sqs ? "com.amazonaws.sqs#" : "") + error.code()},
                                 {"message", error.what()}};
    HttpResponse response = JsonAnswer(
        protocol, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), request_id);
    response.status = error.http_status();
    if (sqs) {
      response.headers.emplace_back("x-amzn-query-error",
                                    QueueErrorQueryCode(error.code()) +
                                        (error.http_status() < 500 ? ";Sender" : ";Receiver"));
    }
    return response;
  }
  XmlWriter xml;
  const auto write_error = [&] {
    xml.Text("Code", error.code());
    xml.Text("Message", error.what());
  };
  if (protocol == Protocol::kStsQuery) {
    xml.Open("ErrorResponse", kStsNamespace);
    xml.Element("Error", [&] {
      xml.Text("Type", error.http_status() < 500 ? "Sender" : "Receiver");
      write_error();
    });
    xml.Text("RequestId", request_id);
    xml.Close("ErrorResponse");
  } else {
    xml.Element("Response", [&] {
      xml.Element("Errors", [&] { xml.Element("Error", write_error); });
      xml.Text("RequestID", request_id);
    });
  }
  return XmlResponse(error.http_status(), xml, request_id);
}

ApiError SignatureError(Protocol protocol, SignatureVerdict verdict, const std::string& reason) {
  const bool ec2 = protocol == Protocol::kEc2Query;
  const bool json = IsJson(protocol);
  if (protocol == Protocol::kS3) return S3SignatureError(verdict, reason);
  switch (verdict) {
    case SignatureVerdict::kMissing:
      return {json ? "MissingAuthenticationTokenException" : "MissingAuthenticationToken",
              "Request is missing Authentication Token", 403};
    case SignatureVerdict::kIncomplete:
      return {json ? "IncompleteSignatureException" : "IncompleteSignature", reason, 400};
    case SignatureVerdict::kUnknownKey:
      if (ec2) {
        return {"AuthFailure",
                "AWS was not able to validate the provided access credentials (" + reason + ")",
                401};
      }
      return {json ? "UnrecognizedClientException" : "InvalidClientTokenId",
              "The security token included in the request is invalid.", json ? 400 : 403};
    case SignatureVerdict::kExpired:
      if (ec2) return {"RequestExpired", "Request has expired: " + reason, 400};
      return {json ? "InvalidSignatureException" : "SignatureDoesNotMatch",
              "Signature expired: " + reason, json ? 400 : 403};
    default:
      if (ec2) {
        return {"AuthFailure",
                "AWS was not able to validate the provided access credentials (" + reason + ")",
                401};
      }
      return {json ? "InvalidSignatureException" : "SignatureDoesNotMatch",
              "The request signature we calculated does not match the signature you provided. "
              "Check your AWS Secret Access Key and signing method. (" +
                  reason + ")",
              json ? 400 : 403};
  }
}

}  // namespace localcloud
