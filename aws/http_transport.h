// One HTTP exchange at a time over a connection that is kept: what Client needs of the network, and
// the seam at which tests inject faults. The real one is in curl_transport.h.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/credentials.h"
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
  std::chrono::milliseconds timeout{60'000};          // of the whole exchange
  // A kept connection that has been idle for longer is replaced. The default is libcurl's own.
  std::chrono::seconds most_idle{118};
  std::stop_token stop;  // aborts the exchange
};

struct HttpResponse {
  int status = 0;
  std::string content_type;
  std::string request_id;  // x-amzn-RequestId; empty where there is none
  std::string error_type;  // x-amzn-ErrorType; empty where there is none
  // Date: the sender's clock, in whole seconds; nothing where there is none.
  std::optional<std::chrono::system_clock::time_point> date{};
  std::string body;
};

// How the exchange went, filled also where it failed.
struct HttpExchange {
  bool sent = false;                // a connection stood, and the request began to leave
  Clock::time_point sent_at{};      // just before the first byte left; meaningless unless sent
  Clock::time_point received_at{};  // the answer was complete, or the failure was seen
  CallTiming timing;
};

// No whole answer came. what() is a phrase ("connection refused"); it names no URL and no secret.
class TransportError : public std::runtime_error {
 public:
  enum class Kind {
    kLookup,     // the host name has no address
    kRefused,    // nobody listens there
    kConnect,    // no route, or the like
    kShortage,   // this machine is out of descriptors or local ports
    kTimeout,    // a time-out of the request ran out
    kTls,        // the peer could not prove who it is, or does not speak TLS
    kBroken,     // the connection broke in the middle
    kStale,      // a kept connection had been closed by the peer before the request reached it
    kCancelled,  // the stop token was triggered
    kUnusable,   // a request that can never work: not a URL, an answer too large
  };

  TransportError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// Used by one thread at a time; its destructor gives it back to the transport, which must outlive
// it.
class HttpConnection {
 public:
  virtual ~HttpConnection() = default;

  // Sends once: a request is never repeated behind the caller's back. Throws TransportError.
  // An answer of any status is a success.
  virtual HttpResponse Send(const HttpRequest& request, HttpExchange* exchange) = 0;
};

// Thread-safe.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // The connection used last among the idle ones, or a new one, which is opened by its first
  // request.
  virtual std::unique_ptr<HttpConnection> Acquire() = 0;
};

}  // namespace aws
