#include "aws/curl_failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <string_view>

#include "aws/local_shortage.h"
#include "aws/printable.h"

namespace aws {
namespace {

constexpr const char* kTooLarge = "the answer is too large";

// Returns the first line of an answer that is not HTTP: an SSH server's greeting, or a TLS alert.
std::string Quote(std::string_view text) {
  const std::size_t end = text.find_first_of("\r\n");
  const bool is_cut = end == std::string_view::npos && text.size() == FailureEvidence::kMostQuoted;
  return fmt::format("'{}{}'", Printable(text.substr(0, end)), is_cut ? "..." : "");
}

// Returns what this machine lacks, if the exchange got no connection for that reason. Else empty.
std::string Shortage(CURLcode result, long os_error, int socket_error) {
  switch (result) {
    case CURLE_COULDNT_CONNECT:
      return LocalShortage(socket_error != 0 ? socket_error : static_cast<int>(os_error));
    case CURLE_COULDNT_RESOLVE_HOST:  // the resolver needs descriptors but does not report that
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_SSL_CACERT_BADFILE:
      return LocalShortage(DescriptorShortage());
    default:
      return "";
  }
}

}  // namespace

TransportError FailureOfCurl(CURL* easy, CURLcode result, bool sent,
                             const FailureEvidence& evidence, const char* detail) {
  using Kind = TransportError::Kind;
  const std::string text = *detail != '\0' ? detail : curl_easy_strerror(result);
  long os_error = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
  if (!evidence.not_http.empty()) {
    return {Kind::kUnusable, fmt::format("answered {}, which is not HTTP: is the port right?",
                                         Quote(evidence.not_http))};
  }
  if (evidence.resend_refused) return {Kind::kStale, "the kept connection had been closed"};
  if (evidence.too_large) return {Kind::kUnusable, kTooLarge};
  if (const std::string shortage = Shortage(result, os_error, evidence.socket_error);
      !shortage.empty())
    return {Kind::kShortage, shortage};
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Kind::kLookup, "no such host"};
    case CURLE_COULDNT_CONNECT:
      if (os_error == ECONNREFUSED) return {Kind::kRefused, "connection refused"};
      return {Kind::kConnect, fmt::format("cannot connect ({})", text)};
    case CURLE_OPERATION_TIMEDOUT:
      return {Kind::kTimeout, sent ? "no answer in time" : "no connection in time"};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return {Kind::kTls, fmt::format("TLS failed ({})", text)};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {Kind::kUnusable, "not a usable http:// or https:// URL"};
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:  // of headers
      return {Kind::kUnusable, kTooLarge};
#endif
    default:
      return {Kind::kBroken, fmt::format("the connection broke ({})", text)};
  }
}

}  // namespace aws
