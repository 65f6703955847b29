#include "aws/attempt_failure.h"

#include <fmt/format.h>

#include <chrono>

#include "aws/retry.h"

namespace aws {
namespace {

constexpr std::size_t kMostQuoted = 200;      // bytes of a body that does not follow the protocol
constexpr std::size_t kLongestMessage = 600;  // EC2's encoded authorization failures are longer

// A larger difference between the clocks makes signatures invalid. The limit is "within 5 minutes"
// (AWS General Reference, Signature Version 4), less a minute for the time of the answer.
constexpr std::chrono::minutes kSkewAllowed{4};

// Returns the text as one line of at most kLongestMessage characters.
std::string Tidy(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, kLongestMessage)) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    if (!blank) line += c;
    if (blank && !line.empty() && line.back() != ' ') line += ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  return text.size() > kLongestMessage ? line + " ..." : line;
}

void Redact(std::string* text, const std::string& secret) {
  if (secret.empty()) return;
  for (auto at = text->find(secret); at != std::string::npos; at = text->find(secret)) {
    text->replace(at, secret.size(), "[redacted]");
  }
}

// EC2 says "expired" both if the clock of the signer is wrong and if the keys have expired. EC2's
// own clock, in the Date header of each answer, tells these cases apart.
std::string ClockHint(const HttpResponse& response, const Credentials& signer) {
  if (!response.date) return "; is this machine's clock right?";
  const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now() - *response.date);
  if (std::chrono::abs(ahead) >= kSkewAllowed) {
    return fmt::format("; this machine's clock is {} s {}", std::chrono::abs(ahead).count(),
                       ahead.count() > 0 ? "ahead" : "behind");
  }
  return fmt::format("; the clock is right, so the credentials have expired: they are from {}",
                     signer.source.empty() ? "an unnamed source" : signer.source);
}

std::string_view Hint(TransportError::Kind kind) {
  using Kind = TransportError::Kind;
  if (kind == Kind::kRefused || kind == Kind::kConnect) return "; is the endpoint right and up?";
  if (kind == Kind::kLookup) return "; are region and endpoint right, and is the network up?";
  return "";
}

}  // namespace

AttemptFailure FailureOfAnswer(std::string_view action, const std::string& endpoint,
                               const WireProtocol& protocol, const HttpRequest& request,
                               const HttpResponse& response) {
  const Credentials signer = request.signing ? request.signing->credentials : Credentials{};
  AttemptFailure failure;
  Error::Details& details = failure.details;
  details.action = action;
  details.http_status = response.status;
  details.request_id = response.request_id;
  if (const auto error = protocol.error_of(response)) {
    details.code = Tidy(error->code);
    details.message = error->message;
    // The message of a signature mismatch can quote the canonical request, token included.
    Redact(&details.message, signer.session_token);
    Redact(&details.message, signer.secret_access_key);
    details.message = Tidy(details.message);
    if (!error->request_id.empty()) details.request_id = Tidy(error->request_id);
    const Error::About about = AboutOf(details.code, details.message);
    const bool of_keys = about == Error::About::kKeys || about == Error::About::kRights;
    if (of_keys && !signer.source.empty())
      details.message += fmt::format("; credentials from {}", signer.source);
    if (about == Error::About::kClock) details.message += ClockHint(response, signer);
  } else {
    details.kind = Error::Kind::kProtocol;
    if (protocol.is_cut_off(response)) {
      details.message = fmt::format("at {}: HTTP {} with {} bytes of a document that lacks its end",
                                    endpoint, response.status, response.body.size());
      details.retryable = true;
      failure.lost = !WasTurnedAway(details.code, response.status);
      return failure;
    }
    details.message = fmt::format(
        "at {}: HTTP {} with a body ({}) that is not of the protocol", endpoint, response.status,
        response.content_type.empty() ? "of no type" : Tidy(response.content_type));
    if (response.status < 500) details.message += "; is the endpoint right?";
    // If a proxy or a gateway refused the request, its reason is in the body.
    std::string said = response.body.substr(0, kMostQuoted);
    Redact(&said, signer.session_token);
    Redact(&said, signer.secret_access_key);
    said = Tidy(said);
    if (!said.empty()) details.message += fmt::format(" It said: {}", said);
  }
  details.retryable = IsRetryable(details.code, response.status);
  failure.lost = !WasTurnedAway(details.code, response.status);
  return failure;
}

AttemptFailure FailureOfTransport(std::string_view action, const std::string& endpoint,
                                  const TransportError& error, bool sent) {
  using Kind = TransportError::Kind;
  AttemptFailure failure;
  failure.details.kind = Error::Kind::kTransport;
  failure.details.action = action;
  failure.details.message =
      fmt::format("at {}: {}{}", endpoint, Tidy(error.what()), Hint(error.kind()));
  failure.details.retryable = IsRetryable(error.kind());
  failure.never_connected = error.kind() == Kind::kRefused || error.kind() == Kind::kLookup;
  failure.lost = sent;
  failure.at_once = error.kind() == Kind::kStale;
  return failure;
}

}  // namespace aws
