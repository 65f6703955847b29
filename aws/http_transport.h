// The interface between Client and the network. Tests implement it to inject faults.
// curl_transport.h has the real implementation.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "aws/credentials.h"
#include "aws/tasks/future.h"
#include "aws/timing.h"

namespace aws {

// Signs a request with AWS Signature Version 4.
struct HttpSigning {
  std::string service;  // "ec2"
  std::string region;
  Credentials credentials;
};

struct HttpRequest {
  enum class Method { kGet, kPost, kPut, kDelete };

  Method method = Method::kPost;
  std::string url;
  std::vector<std::string> headers;  // "Content-Type: text/plain"; all of them are signed
  std::string body;
  std::optional<HttpSigning> signing;
  std::chrono::milliseconds connect_timeout{10'000};  // look-up, TCP and TLS
  std::chrono::milliseconds timeout{60'000};          // for the whole exchange
  // A kept connection that has been idle for longer is replaced. The default is libcurl's own.
  std::chrono::seconds most_idle{118};
  std::stop_token stop;  // aborts the exchange
};

struct HttpResponse {
  int status = 0;
  std::string content_type;
  std::string request_id;  // x-amzn-RequestId; empty if there is none
  std::string error_type;  // x-amzn-ErrorType; empty if there is none
  // The Date header: the sender's clock, in whole seconds. Unset if there is none.
  std::optional<std::chrono::system_clock::time_point> date{};
  std::string body;
};

// The times of an exchange. Filled even if the exchange failed.
struct HttpExchange {
  bool sent = false;                // there was a connection, and the request began to leave
  Clock::time_point sent_at{};      // just before the first byte left; meaningless unless sent
  Clock::time_point received_at{};  // when the answer was complete, or the failure was seen
  CallTiming timing;
};

// No complete answer came. what() is a phrase ("connection refused"). It contains no URL and no
// secret.
class TransportError : public std::runtime_error {
 public:
  enum class Kind {
    kLookup,     // the host name has no address
    kRefused,    // nobody listens there
    kConnect,    // no route, or the like
    kShortage,   // this machine is out of descriptors or local ports
    kTimeout,    // a timeout of the request expired
    kTls,        // the peer's certificate is not valid, or the peer does not speak TLS
    kBroken,     // the connection broke in the middle
    kStale,      // a kept connection had been closed by the peer before the request reached it
    kCancelled,  // the stop token was triggered
    kUnusable,   // can never work: not a URL, an answer that is too large or not HTTP
  };

  TransportError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// How an exchange ended.
struct HttpOutcome {
  HttpExchange exchange;
  std::variant<HttpResponse, TransportError> result;
};

// Keeps connections, one exchange at a time on each. Thread-safe.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // Sends each request once, over an idle kept connection or a new one. Requests of one call use
  // different connections, unless one is answered before the next is sent. Never repeats a request,
  // and follows no redirect. An answer is a result whatever its status. Returns at once. The
  // futures never throw.
  virtual std::vector<Future<HttpOutcome>> Start(std::vector<HttpRequest> requests) = 0;

  // Sends one request and blocks until the exchange has ended. Throws TransportError.
  HttpResponse Send(HttpRequest request, HttpExchange* exchange) {
    HttpOutcome outcome = Start({std::move(request)}).front().get();
    *exchange = outcome.exchange;
    if (const auto* failure = std::get_if<TransportError>(&outcome.result)) throw *failure;
    return std::get<HttpResponse>(std::move(outcome.result));
  }
};

}  // namespace aws
