#include "aws/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace aws {
namespace {

std::string Describe(const Error::Details& details) {
  if (details.kind != Error::Kind::kService) {
    return details.action.empty() ? details.message
                                  : fmt::format("{} {}", details.action, details.message);
  }
  std::string where = details.http_status > 0 ? fmt::format("HTTP {}", details.http_status) : "";
  if (!details.request_id.empty()) {
    where += fmt::format("{}request {}", where.empty() ? "" : ", ", details.request_id);
  }
  return fmt::format("{}: {}: {}{}", details.action, details.code, details.message,
                     where.empty() ? "" : " (" + where + ")");
}

bool IsOneOf(std::string_view code, std::initializer_list<std::string_view> codes) {
  return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

void ThrowCredentialsError(std::string message) {
  throw Error({.kind = Error::Kind::kCredentials, .message = std::move(message)});
}

Error::About AboutOf(std::string_view code, std::string_view message) {
  if (code == "AuthFailure") {
    // EC2 uses this code also for an image that is gone or not shared with the account.
    const bool image = message.find("Not authorized for images") != std::string_view::npos;
    return image ? Error::About::kOther : Error::About::kKeys;
  }
  if (IsOneOf(code,
              {"InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken",
               "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException",
               "IncompleteSignature", "ExpiredToken", "ExpiredTokenException"})) {
    return Error::About::kKeys;
  }
  // EC2 uses RequestExpired also for keys that have expired.
  if (IsOneOf(code, {"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"}))
    return Error::About::kClock;
  if (IsOneOf(code, {"UnauthorizedOperation", "OptInRequired"})) return Error::About::kRights;
  return Error::About::kOther;
}

Error::About Error::about() const {
  if (details_.kind == Kind::kCredentials) return About::kKeys;
  return AboutOf(details_.code, details_.message);
}

Error::Error(Details details)
    : std::runtime_error(Describe(details)), details_(std::move(details)) {}

}  // namespace aws
