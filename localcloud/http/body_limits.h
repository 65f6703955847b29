// Limits the size of request bodies. The decision is made before a body is read.
#pragma once

#include <cstddef>
#include <functional>

#include "localcloud/http/http_message.h"

namespace localcloud {

struct BodyLimits {
  enum class Excess {
    kOfRequest,  // the body is larger than `of_request` allows
    kOfServer,   // the server would hold more than `of_server`
  };
  // Returns the limit for a request with these headers, in bytes.
  std::function<std::size_t(const HttpRequest& head)> of_request;
  // Returns the answer to a refused request. The connection is closed after it.
  std::function<HttpResponse(const HttpRequest& head, Excess excess)> refusal;
  // The limit for all unanswered requests together, in bytes.
  std::size_t of_server = std::size_t{256} << 20;
};

}  // namespace localcloud
