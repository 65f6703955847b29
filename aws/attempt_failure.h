// Why one attempt of a call failed: the message for the user, and whether to try again.
#pragma once

#include <string>
#include <string_view>

#include "aws/error.h"
#include "aws/http_transport.h"
#include "aws/wire_protocol.h"

namespace aws {

struct AttemptFailure {
  Error::Details details;
  bool lost = false;  // the service may have carried out the request
  bool never_connected = false;
  bool at_once = false;  // the next attempt needs no wait
};

// Returns the failure for an answer that is an error document, does not follow the protocol, or
// was cut off. The message contains no secret of the request's signer. Requires: `endpoint`
// contains no password.
AttemptFailure FailureOfAnswer(std::string_view action, const std::string& endpoint,
                               const WireProtocol& protocol, const HttpRequest& request,
                               const HttpResponse& response);

// Returns the failure for a request that got no complete answer. `sent`: the request may have
// been sent.
AttemptFailure FailureOfTransport(std::string_view action, const std::string& endpoint,
                                  const TransportError& error, bool sent);

}  // namespace aws
