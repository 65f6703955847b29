// The exception of a failed AWS call.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace aws {

// One failed operation, after all retries. what() is one line for the user: the action, what
// failed, and the service's own message. It never contains a secret. Immutable, so threads may
// share it.
class Error : public std::runtime_error {
 public:
  enum class Kind {
    kService,      // the service answered with an error document; code() is its code
    kTransport,    // no complete answer came: refused, reset, TLS, name look-up
    kProtocol,     // an answer came that does not follow the protocol
    kDeadline,     // the call's deadline passed (what() has the last failure and answer)
    kCancelled,    // the call's stop token was triggered
    kCredentials,  // no usable credentials, or a file that does not parse
  };

  struct Details {
    Kind kind = Kind::kService;
    std::string action{};      // "RunInstances"; empty if no call was made
    std::string code{};        // "InvalidInstanceID.NotFound"; empty unless kService
    std::string message{};     // one line
    int http_status = 0;       // 0 if no answer came
    std::string request_id{};  // empty if the answer named none
    bool retryable = false;    // the same call may succeed later
  };

  // What is at fault. With kKeys and kClock, every other call fails too.
  enum class About {
    kOther,
    kKeys,    // the keys are missing, expired, unknown or do not match
    kRights,  // the keys are valid but lack the permission
    kClock,   // this machine's clock is wrong, which makes every signature invalid
  };

  explicit Error(Details details);

  Kind kind() const { return details_.kind; }
  const std::string& action() const { return details_.action; }
  const std::string& code() const { return details_.code; }
  const std::string& message() const { return details_.message; }
  int http_status() const { return details_.http_status; }
  const std::string& request_id() const { return details_.request_id; }
  bool retryable() const { return details_.retryable; }
  About about() const;

 private:
  Details details_;
};

// For what leaves a caller without credentials: no keys, half of them, a file or helper that fails.
[[noreturn]] void ThrowCredentialsError(std::string message);

// Returns what a service's error document is about. Sources: "Common client error codes" of the
// EC2 API, "Common errors" of STS, S3, SQS and SSM.
Error::About AboutOf(std::string_view code, std::string_view message);

}  // namespace aws
