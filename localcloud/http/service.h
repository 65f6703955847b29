// The interface of the cloud's services (EC2, S3, ...) to the gateway.
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

// A request with a valid signature, on its way to a service.
struct ServiceCall {
  HttpRequest request;
  std::string region;      // it is signed for this region, which the cloud has
  std::string operation;   // what OperationOf() returned
  std::string request_id;  // goes into the answer
  std::chrono::steady_clock::time_point received;
};

// Use from the event loop's thread only. A service's constructor takes what the service needs
// (timers, regions, ...), which must outlive it.
class Service {
 public:
  using Respond = std::function<void(const HttpResponse& response)>;
  virtual ~Service() = default;

  // Returns true if the request is for this service. `signed_for` is the service in the scope of
  // its signature; it may be empty or anything else.
  virtual bool Recognizes(const HttpRequest& request, const std::string& signed_for) const = 0;
  // The limit for the size of a request's body, in bytes.
  virtual std::size_t max_body_bytes() const { return 1 << 20; }
  // Brings the request into the form that the other functions expect. Called after its signature,
  // made with `key`, was found valid. Throws ApiError.
  virtual void Unwrap(HttpRequest* request, const AccessKey& key) const;

  // Returns the requested operation ("RunInstances"), which this service may not have. Throws
  // ApiError if the request names none.
  virtual std::string OperationOf(const HttpRequest& request) const = 0;
  // Counts one call. Returns false if the account makes too many calls.
  virtual bool Admit(const ServiceCall& call);
  // Carries out the call and calls `respond` once, immediately or later. If it throws ApiError,
  // `respond` is not called.
  virtual void Run(const ServiceCall& call, const Respond& respond) = 0;

  // Returns the service's error document.
  virtual HttpResponse Refusal(const HttpRequest& request, const ApiError& error,
                               const std::string& request_id) const = 0;
  virtual HttpResponse BodyTooLarge(const HttpRequest& request,
                                    const std::string& request_id) const;
  // Each of these returns the service's own error. SignatureError: the signature is not valid;
  // `reason` is one line without secrets.
  virtual ApiError SignatureError(SignatureVerdict verdict, const std::string& reason) const = 0;
  // The session's key has expired.
  virtual ApiError ExpiredSession() const = 0;
  // The signature is for a service or region that this is not.
  virtual ApiError WrongScope(const HttpRequest& request, const std::string& reason) const = 0;
  // The cloud would have to keep too many large requests in memory at the same time.
  virtual ApiError TooBusy() const;
};

// Returns an XML answer as EC2 and STS send it.
HttpResponse XmlAnswer(int http_status, const std::string& body, const std::string& request_id);

}  // namespace localcloud
