// A small STS: reports the caller's identity and issues temporary keys.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "localcloud/http/service.h"
#include "localcloud/http/session_keys.h"

namespace localcloud {

// Implements the Query protocol, version 2011-06-15.
class SecurityTokenService : public Service {
 public:
  using Now = std::function<std::chrono::system_clock::time_point()>;
  // `now` returns the cloud's time. `keys` must outlive this object.
  SecurityTokenService(std::string account_id, SessionKeys* keys, Now now);

  static std::vector<std::string> OperationNames();

  bool Recognizes(const HttpRequest& request, const std::string& signed_for) const override;
  std::string OperationOf(const HttpRequest& request) const override;
  void Run(const ServiceCall& call, const Respond& respond) override;
  HttpResponse Refusal(const HttpRequest& request, const ApiError& error,
                       const std::string& request_id) const override;
  ApiError SignatureError(SignatureVerdict verdict, const std::string& reason) const override;
  ApiError ExpiredSession() const override;
  ApiError WrongScope(const HttpRequest& request, const std::string& reason) const override;

 private:
  std::string CallerIdentity() const;
  std::string SessionToken(const HttpRequest& request);

  const std::string account_id_;
  SessionKeys& keys_;
  const Now now_;
};

}  // namespace localcloud
