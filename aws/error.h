// What a failed AWS call throws.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace aws {

// One failed operation, after all retries. what() is one line for a person: the action, what
// failed, and the service's own message. It never contains a secret. Immutable, so free to share
// between threads.
class Error : public std::runtime_error {
 public:
  enum class Kind {
    kService,      // the service answered with an error document; code() is its code
    kTransport,    // no whole answer came: refused, reset, TLS, name look-up
    kProtocol,     // an answer came that is not of the protocol's form
    kDeadline,     // the call's deadline passed (the last failure is in what())
    kCancelled,    // the call's stop token was triggered
    kCredentials,  // no usable credentials, or a file that does not parse
  };

  struct Details {
    Kind kind = Kind::kService;
    std::string action{};      // "RunInstances"; empty where no call was made
    std::string code{};        // "InvalidInstanceID.NotFound"; empty unless kService
    std::string message{};     // one line
    int http_status = 0;       // 0 where no answer came
    std::string request_id{};  // empty where the answer named none
    bool retryable = false;    // the same call may succeed later
  };

  // What the failure is about. Only kOther and kRights are particular to this call.
  enum class About {
    kOther,
    kKeys,    // there are none, or they have expired, are not known or do not fit
    kRights,  // the keys are good, and may not do that
    kClock,   // this machine's clock makes every signature void
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

// Of a service's error document. Sources: "Common client error codes" of the EC2 API, "Common
// errors" of STS, S3, SQS and SSM.
Error::About AboutOf(std::string_view code, std::string_view message);

}  // namespace aws
