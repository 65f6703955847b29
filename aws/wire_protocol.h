// How the answers of a protocol are to be read.
#pragma once

#include <optional>

#include "aws/http_transport.h"
#include "aws/service_error.h"

namespace aws {

struct WireProtocol {
  // Nothing: not an error document.
  std::optional<ServiceError> (*error_of)(const HttpResponse& response);
  // A whole answer, by HTTP, with part of a document: from a proxy or a server in trouble.
  bool (*is_cut_off)(const HttpResponse& response);
};

extern const WireProtocol kQueryProtocol;  // EC2, STS
extern const WireProtocol kJsonProtocol;   // SSM, Instance Connect
extern const WireProtocol kRestProtocol;   // S3

}  // namespace aws
