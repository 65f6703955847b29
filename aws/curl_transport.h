// HttpTransport over libcurl: HTTP/1.1, TCP_NODELAY, requests signed by libcurl's AWS_SIGV4.
#pragma once

#include <memory>

#include "aws/http_transport.h"

namespace aws {

// All transports of a process share one thread (curl_loop.h) and its kept connections. There are as
// many of these as there were exchanges at once. Requests with a shorter most_idle than the default
// share a second thread and its connections. If `reuse_connections` is false, each request pays for
// look-up, TCP and TLS. Certificates are always verified. Uses the proxy variables of the
// environment (https_proxy, no_proxy, ...), except for loopback addresses and metadata services.
std::unique_ptr<HttpTransport> NewCurlTransport(bool reuse_connections);

}  // namespace aws
