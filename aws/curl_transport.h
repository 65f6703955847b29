// HttpTransport over libcurl: HTTP/1.1, TCP_NODELAY, requests signed by libcurl's AWS_SIGV4.
#pragma once

#include <memory>

#include "aws/http_transport.h"

namespace aws {

// The pool grows to the largest number of connections acquired at once. If `reuse_connections` is
// false, each request pays for look-up, TCP and TLS. Certificates are always verified. Redirects
// are never followed. Uses the proxy variables of the environment (https_proxy, no_proxy, ...),
// except for loopback addresses and metadata services.
std::unique_ptr<HttpTransport> NewCurlTransport(bool reuse_connections);

}  // namespace aws
