#include "localcloud/request_origin.h"

#include <arpa/inet.h>

#include <string>

#include "localcloud/qemu/private_network.h"
#include "localcloud/sandbox/endpoint_door.h"

namespace localcloud {
namespace {

// Turns "127.0.0.1:8080" into "127.0.0.1" and "[::1]:8080" into "[::1]".
std::string WithoutPort(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  const bool port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  return ToLower(port ? host.substr(0, colon) : host);
}

bool NamesThisHost(const std::string& host) {
  if (host == kHostAddress) return true;
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  return host == "[::1]" || host == "localhost" || host.ends_with(".localhost");
}

// Sandboxed guests share one address. Virtual machines have their own, in 10.0.0.0/8.
bool IsGuest(const std::string& peer) {
  return peer == kGuestsAddress || (peer.starts_with("10.") && peer != kHostAddress);
}

HttpResponse Refusal(int status, const std::string& why) {
  return {status, "text/plain", {}, why + "\n"};
}

}  // namespace

std::optional<HttpResponse> RefusedOrigin(const HttpRequest& request) {
  const std::string_view host = request.header("host");
  if (!host.empty() && !NamesThisHost(WithoutPort(host))) {
    return Refusal(421,
                   "localcloud answers only on loopback: the Host header must be 127.0.0.1, "
                   "localhost or a name below .localhost");
  }
  if (!request.path.starts_with("/_localcloud")) return std::nullopt;
  if (IsGuest(request.peer)) return Refusal(403, "/_localcloud/ is not for guests");
  const std::string_view site = request.header("sec-fetch-site");
  const bool same_site = site.empty() || site == "none" || site == "same-origin";
  if (!request.header("origin").empty() || !same_site)
    return Refusal(403, "/_localcloud/ is not for web pages of other sites");
  return std::nullopt;
}

}  // namespace localcloud
