// How large a request's body may be, decided before it is read.
#pragma once

#include <cstddef>
#include <functional>

#include "localcloud/http/http_message.h"

namespace localcloud {

struct BodyLimits {
  enum class Excess {
    kOfRequest,  // more than `of_request` allows
    kOfServer,   // more than `of_server` would be held
  };
  // Of a request with these headers, in bytes.
  std::function<std::size_t(const HttpRequest& head)> of_request;
  // The answer to a request that is refused; its connection is closed after it.
  std::function<HttpResponse(const HttpRequest& head, Excess excess)> refusal;
  // Of all requests that have not been answered, in bytes.
  std::size_t of_server = std::size_t{256} << 20;
};

}  // namespace localcloud
