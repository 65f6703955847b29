// HttpTransport on libcurl: HTTP/1.1, TCP_NODELAY, requests signed by libcurl's own AWS_SIGV4.
#pragma once

#include <memory>

#include "aws/http_transport.h"

namespace aws {

// The pool grows to the number of connections ever acquired at once. `reuse_connections` false:
// each request pays look-up, TCP and TLS. Certificates are always verified; redirects are never
// followed. The proxy variables of the environment (https_proxy, no_proxy, ...) count, except for
// loopback addresses.
std::unique_ptr<HttpTransport> NewCurlTransport(bool reuse_connections);

}  // namespace aws
