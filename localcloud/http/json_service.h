// The common part of the services that speak JSON.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "localcloud/http/service.h"

namespace localcloud {

// The X-Amz-Target header names the operation: "AmazonSSM.GetParameter".
class JsonService : public Service {
 public:
  // Returns the answer's body. Throws ApiError.
  using Operation =
      std::function<nlohmann::json(const nlohmann::json& request, const ServiceCall& call)>;
  using Operations = std::map<std::string, Operation>;  // by target

  JsonService(std::string signing_name, Operations operations);

  bool Recognizes(const HttpRequest& request, const std::string& signed_for) const override;
  std::string OperationOf(const HttpRequest& request) const override;
  void Run(const ServiceCall& call, const Respond& respond) override;
  HttpResponse Refusal(const HttpRequest& request, const ApiError& error,
                       const std::string& request_id) const override;
  ApiError SignatureError(SignatureVerdict verdict, const std::string& reason) const override;
  ApiError ExpiredSession() const override;
  ApiError WrongScope(const HttpRequest& request, const std::string& reason) const override;

 private:
  const std::string signing_name_;
  const Operations operations_;
};

// `version` is that of the JSON protocol: "1.1".
HttpResponse JsonAnswer(const std::string& version, const std::string& body,
                        const std::string& request_id);

// Read a member of a request. ReadText returns an empty text if there is none; RequireText throws
// ApiError with the code `error` if it is missing or empty.
std::string ReadText(const nlohmann::json& request, const std::string& key);
std::string RequireText(const nlohmann::json& request, const std::string& key,
                        const std::string& error);

}  // namespace localcloud
