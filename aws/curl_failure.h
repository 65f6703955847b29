// Why an exchange over libcurl failed.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <string>

#include "aws/http_transport.h"

namespace aws {

// What the callbacks of an exchange saw. libcurl's own result does not tell this.
struct FailureEvidence {
  static constexpr std::size_t kMostQuoted = 60;

  std::string not_http{};       // the first kMostQuoted bytes of an answer that is not HTTP
  bool resend_refused = false;  // libcurl was about to send the request a second time
  bool too_large = false;       // the headers or the body of the answer
  int socket_error = 0;         // errno of socket(2)
};

// Returns the error for an exchange that ended with `result`, which is not CURLE_OK. `sent`: the
// request had begun to leave. `detail` is the content of CURLOPT_ERRORBUFFER, possibly empty.
TransportError FailureOfCurl(CURL* easy, CURLcode result, bool sent,
                             const FailureEvidence& evidence, const char* detail);

}  // namespace aws
