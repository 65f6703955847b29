#include "aws/wire_protocol.h"

#include <string>

#include "aws/json_protocol.h"
#include "aws/query_protocol.h"

namespace aws {
namespace {

std::optional<ServiceError> XmlErrorOf(const HttpResponse& response) {
  return ParseXmlError(response.body);
}

std::optional<ServiceError> JsonErrorOf(const HttpResponse& response) {
  return ParseJsonError(response.body, response.error_type);
}

bool IsCutOffQuery(const HttpResponse& response) { return IsCutOffXml(response.body); }

bool IsCutOffObject(const HttpResponse& response) { return IsCutOffJson(response.body); }

// The content of an object may be anything. S3's own documents have an XML content type.
bool IsCutOffRest(const HttpResponse& response) {
  return response.content_type.find("xml") != std::string::npos && IsCutOffXml(response.body);
}

}  // namespace

const WireProtocol kQueryProtocol{&XmlErrorOf, &IsCutOffQuery};
const WireProtocol kJsonProtocol{&JsonErrorOf, &IsCutOffObject};
const WireProtocol kRestProtocol{&XmlErrorOf, &IsCutOffRest};

}  // namespace aws
