#include "aws/caller_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <memory>

#include "aws/curl_transport.h"
#include "aws/error.h"
#include "aws/unique_fd.h"

namespace aws {
namespace {

bool IsIpv4(const std::string& text) {
  in_addr buffer{};
  return inet_pton(AF_INET, text.c_str(), &buffer) == 1;
}

[[noreturn]] void ThrowNoAddress(const std::string& url, Error::Kind kind,
                                 const std::string& message) {
  throw Error({.kind = kind,
               .action = "GET " + url,
               .code = {},
               .message = message,
               .http_status = 0,
               .request_id = {},
               .retryable = false});
}

}  // namespace

std::string CallerAddress(const std::string& url) {
  const auto transport = NewCurlTransport(true);
  HttpRequest request;
  request.method = HttpRequest::Method::kGet;
  request.url = url;
  HttpExchange exchange;
  std::string address;
  try {
    address = transport->Send(request, &exchange).body;
  } catch (const TransportError& error) {
    ThrowNoAddress(url, Error::Kind::kTransport, std::string("failed: ") + error.what());
  }
  while (!address.empty() && (address.back() == '\n' || address.back() == '\r')) address.pop_back();
  if (!IsIpv4(address))
    ThrowNoAddress(url, Error::Kind::kProtocol,
                   "was answered with something that is no IPv4 address");
  return address;
}

std::optional<std::string> AddressTowards(const std::string& address) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), "22", &hints, &found) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  const UniqueFd fd(::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  char text[NI_MAXHOST];
  // connect() on a datagram socket chooses a route and an address, but sends nothing.
  if (!fd || ::connect(fd.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &length) != 0 ||
      getnameinfo(reinterpret_cast<const sockaddr*>(&own), length, text, sizeof text, nullptr, 0,
                  NI_NUMERICHOST) != 0) {
    return std::nullopt;
  }
  return text;
}

}  // namespace aws
