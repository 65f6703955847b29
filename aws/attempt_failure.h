// What one attempt at a call came to, if it failed: the words for a person, and whether another
// attempt makes sense.
#pragma once

#include <string>
#include <string_view>

#include "aws/error.h"
#include "aws/http_transport.h"
#include "aws/wire_protocol.h"

namespace aws {

struct AttemptFailure {
  Error::Details details;
  bool lost = false;  // the request may have been carried out
  bool never_connected = false;
  bool at_once = false;  // another try needs no wait
};

// Of an answer that is an error document, is not of the protocol, or lacks its end. The words hold
// no secret of the request's signer. `endpoint`: without a password.
AttemptFailure FailureOfAnswer(std::string_view action, const std::string& endpoint,
                               const WireProtocol& protocol, const HttpRequest& request,
                               const HttpResponse& response);

// Of a request without a whole answer. `sent`: whether it may have been.
AttemptFailure FailureOfTransport(std::string_view action, const std::string& endpoint,
                                  const TransportError& error, bool sent);

}  // namespace aws
