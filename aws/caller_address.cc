#include "aws/caller_address.h"

#include <arpa/inet.h>

#include <memory>

#include "aws/curl_transport.h"
#include "aws/error.h"

namespace aws {
namespace {

bool IsAddress(const std::string& text) {
  unsigned char buffer[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), buffer) == 1 ||
         inet_pton(AF_INET6, text.c_str(), buffer) == 1;
}

[[noreturn]] void Fail(const std::string& url, Error::Kind kind, const std::string& message) {
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
    address = transport->Acquire()->Send(request, &exchange).body;
  } catch (const TransportError& error) {
    Fail(url, Error::Kind::kTransport, std::string("failed: ") + error.what());
  }
  while (!address.empty() && (address.back() == '\n' || address.back() == '\r')) address.pop_back();
  if (!IsAddress(address))
    Fail(url, Error::Kind::kProtocol, "was answered with something that is no address");
  return address;
}

}  // namespace aws
