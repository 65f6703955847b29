// One of the cloud's services (EC2, S3, ...), as the gateway sees it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "localcloud/http/api_error.h"
#include "localcloud/http/http_message.h"
#include "localcloud/http/sigv4.h"

namespace localcloud {

// A request whose signature is valid, on its way to a service.
struct ServiceCall {
  HttpRequest request;
  std::string region;      // that it is signed for; the cloud has it
  std::string operation;   // what OperationOf() returned
  std::string request_id;  // goes into the answer
  std::chrono::steady_clock::time_point received;
};

// From the event loop's thread only. A service is made of what it needs (timers, regions, ...),
// which outlives it.
class Service {
 public:
  using Respond = std::function<void(const HttpResponse& response)>;
  virtual ~Service() = default;

  // Returns true iff the request is for this service. `signed_for`: the service in the scope of its
  // signature, which may be anything, or empty.
  virtual bool Recognizes(const HttpRequest& request, const std::string& signed_for) const = 0;
  // The most bytes that a request's body may have.
  virtual std::size_t max_body_bytes() const { return 1 << 20; }
  // Called once the signature, which is `key`'s, is known to be valid: brings the request into the
  // form that the other functions take. Throws ApiError.
  virtual void Unwrap(HttpRequest* request, const AccessKey& key) const;

  // The operation that is asked for ("RunInstances"), which need not be one of ours. Throws
  // ApiError if the request names none.
  virtual std::string OperationOf(const HttpRequest& request) const = 0;
  // Counts one call. Returns false if the account makes too many.
  virtual bool Admit(const ServiceCall& call);
  // Carries the call out, and answers at once or later. Throws ApiError; then `respond` is not
  // called.
  virtual void Run(const ServiceCall& call, const Respond& respond) = 0;

  // The service's error document.
  virtual HttpResponse Refusal(const HttpRequest& request, const ApiError& error,
                               const std::string& request_id) const = 0;
  virtual HttpResponse BodyTooLarge(const HttpRequest& request,
                                    const std::string& request_id) const;
  // What the service calls a signature that is not valid; `reason`: one line without secrets.
  virtual ApiError SignatureError(SignatureVerdict verdict, const std::string& reason) const = 0;
  // ... a session's key that has expired.
  virtual ApiError ExpiredSession() const = 0;
  // ... a signature for another service or region than the cloud has.
  virtual ApiError WrongScope(const HttpRequest& request, const std::string& reason) const = 0;
  // ... more large requests at a time than the cloud keeps in memory.
  virtual ApiError TooBusy() const;
};

// `body` as XML, as EC2 and STS answer.
HttpResponse XmlAnswer(int http_status, const std::string& body, const std::string& request_id);

}  // namespace localcloud
