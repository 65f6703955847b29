// Protects the endpoint, which belongs to the host's user, from web pages and guests.
#pragma once

#include <optional>

#include "localcloud/http/http_message.h"

namespace localcloud {

// Returns the refusal if the request comes from a forbidden origin, otherwise nothing.
//
// The endpoint listens on the loopback interface, but a web page in a browser on this host could
// make its own host name resolve to it (DNS rebinding). Therefore the Host header must be a
// loopback address, localhost or a name below .localhost, or the address of this host in the
// network of virtual machines; no page can have those. Requests without a Host header do not come
// from a browser and are allowed.
//
// Paths below /_localcloud/ are unsigned. They are refused to guests, and to pages of other sites
// (Origin, Sec-Fetch-Site).
std::optional<HttpResponse> RefusedOrigin(const HttpRequest& request);

}  // namespace localcloud
