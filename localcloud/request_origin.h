// Who may ask the endpoint what: web pages and guests are kept from what is the host's user's.
#pragma once

#include <optional>

#include "localcloud/http/http_message.h"

namespace localcloud {

// Returns the refusal of a request that does not come from where it may come from, or nothing.
//
// The endpoint listens on loopback, but a web page in a browser on this host can have its own name
// resolve there (DNS rebinding). So the Host header must be a loopback address, localhost or a name
// below .localhost, which no page can have; a request without one comes from no browser.
//
// Paths below /_localcloud/ are unsigned. They are refused to guests, and to pages of other sites
// (Origin, Sec-Fetch-Site).
std::optional<HttpResponse> RefusedOrigin(const HttpRequest& request);

}  // namespace localcloud
