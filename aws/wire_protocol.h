// How to read the answers of a protocol.
#pragma once

#include <optional>

#include "aws/http_transport.h"
#include "aws/service_error.h"

namespace aws {

struct WireProtocol {
  // Returns nothing if the answer is not an error document.
  std::optional<ServiceError> (*error_of)(const HttpResponse& response);
  // Returns true if the document in the answer is incomplete although the HTTP answer is complete.
  // A proxy or a server in trouble can send that.
  bool (*is_cut_off)(const HttpResponse& response);
};

extern const WireProtocol kQueryProtocol;  // EC2, STS
extern const WireProtocol kJsonProtocol;   // SSM, Instance Connect
extern const WireProtocol kRestProtocol;   // S3

}  // namespace aws
