#include "aws/metadata_credentials.h"

#include <curl/urlapi.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "aws/credential_process.h"
#include "aws/curl_transport.h"
#include "aws/environment.h"
#include "aws/error.h"
#include "aws/given_file.h"
#include "aws/http_transport.h"

namespace aws {
namespace {

// The service is one hop away. AWS's own tools wait a second, too.
constexpr std::chrono::milliseconds kInstanceTimeout{1000};
constexpr std::chrono::milliseconds kContainerTimeout{5000};
constexpr char kEcsAddress[] = "http://169.254.170.2";
constexpr char kInstanceAddress[] = "http://169.254.169.254";

HttpResponse Send(HttpRequest::Method method, const std::string& url,
                  std::vector<std::string> headers, std::chrono::milliseconds timeout) {
  HttpRequest request;
  request.method = method;
  request.url = url;
  request.headers = std::move(headers);
  request.timeout = request.connect_timeout = timeout;
  HttpExchange exchange;
  return NewCurlTransport(false)->Send(request, &exchange);
}

bool MayBeAsked(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  char* scheme = nullptr;
  char* host = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) {
    return false;
  }
  const std::string how(scheme);
  curl_free(scheme);
  if (curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) return false;
  const std::string where(host);
  curl_free(host);
  if (how == "https") return true;
  const bool loopback =
      where == "localhost" || where == "[::1]" ||
      (where.starts_with("127.") && where.find_first_not_of("0123456789.") == std::string::npos);
  return how == "http" && (loopback || where == "169.254.170.2" || where == "169.254.170.23" ||
                           where == "[fd00:ec2::23]");
}

std::string ContainerToken() {
  const std::string path = EnvironmentVariable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (path.empty()) return EnvironmentVariable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  std::string token;
  try {
    token = ReadGivenFile(path);
  } catch (const std::runtime_error& error) {
    ThrowCredentialsError(fmt::format("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: {}", error.what()));
  }
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  return token;
}

}  // namespace

std::optional<Credentials> FromContainer() {
  const std::string relative = EnvironmentVariable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = EnvironmentVariable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) return std::nullopt;
  const std::string url = relative.empty() ? full : kEcsAddress + relative;
  if (!MayBeAsked(url)) {
    ThrowCredentialsError(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https://, or http:// at this host's loopback "
        "or at ECS's or EKS's own address");
  }
  const std::string token = ContainerToken();
  if (token.find_first_of("\r\n") != std::string::npos)
    ThrowCredentialsError("the container's authorization token has a line break in it");
  std::vector<std::string> headers{"Accept: application/json"};
  if (!token.empty()) headers.push_back("Authorization: " + token);
  const std::string source = "the container's metadata service";
  try {
    const HttpResponse answer =
        Send(HttpRequest::Method::kGet, url, std::move(headers), kContainerTimeout);
    if (answer.status != 200)
      ThrowCredentialsError(fmt::format("{} answered HTTP {}", source, answer.status));
    return ParseCredentials(answer.body, source);
  } catch (const TransportError& error) {
    ThrowCredentialsError(fmt::format("{}: {}", source, error.what()));
  }
}

std::optional<Credentials> FromInstance() {
  std::string disabled = EnvironmentVariable("AWS_EC2_METADATA_DISABLED");
  std::ranges::transform(disabled, disabled.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; });
  if (disabled == "true") return std::nullopt;
  std::string endpoint = EnvironmentVariable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = kInstanceAddress;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::string roles = endpoint + "/latest/meta-data/iam/security-credentials/";
  const std::string source = "the instance's metadata service";
  std::string token;
  try {
    const HttpResponse answer =
        Send(HttpRequest::Method::kPut, endpoint + "/latest/api/token",
             {"X-aws-ec2-metadata-token-ttl-seconds: 300"}, kInstanceTimeout);
    if (answer.status != 200) return std::nullopt;
    token = answer.body;
  } catch (const TransportError&) {
    return std::nullopt;  // not on an instance
  }
  if (token.find_first_of("\r\n") != std::string::npos)
    ThrowCredentialsError(source + " gave no usable token");
  const std::vector<std::string> headers{"X-aws-ec2-metadata-token: " + token};
  try {
    const HttpResponse list = Send(HttpRequest::Method::kGet, roles, headers, kInstanceTimeout);
    if (list.status == 404) return std::nullopt;  // no role
    if (list.status != 200)
      ThrowCredentialsError(fmt::format("{} answered HTTP {}", source, list.status));
    const std::string role = list.body.substr(0, list.body.find_first_of("\r\n"));
    const HttpResponse answer =
        Send(HttpRequest::Method::kGet, roles + role, headers, kInstanceTimeout);
    if (answer.status != 200)
      ThrowCredentialsError(fmt::format("{} answered HTTP {}", source, answer.status));
    return ParseCredentials(answer.body, fmt::format("{} (role {})", source, role));
  } catch (const TransportError& error) {
    ThrowCredentialsError(fmt::format("{}: {}", source, error.what()));
  }
}

}  // namespace aws
