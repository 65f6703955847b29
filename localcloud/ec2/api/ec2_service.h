// The EC2 service. Its operations are in the *_api.cc files.
#pragma once

#include <string>
#include <vector>

#include "localcloud/ec2/api/api.h"
#include "localcloud/ec2/state/region.h"
#include "localcloud/http/service.h"
#include "localcloud/model/request_limits.h"

namespace localcloud {

// Implements the Query protocol, version 2016-11-15.
class Ec2Service : public Service {
 public:
  // `time_scale`: see RequestLimits.
  Ec2Service(FindRegion find_region, double time_scale);

  static std::vector<std::string> OperationNames();

  bool Recognizes(const HttpRequest& request, const std::string& signed_for) const override;
  std::string OperationOf(const HttpRequest& request) const override;
  bool Admit(const ServiceCall& call) override;
  void Run(const ServiceCall& call, const Respond& respond) override;
  HttpResponse Refusal(const HttpRequest& request, const ApiError& error,
                       const std::string& request_id) const override;
  ApiError SignatureError(SignatureVerdict verdict, const std::string& reason) const override;
  ApiError ExpiredSession() const override;
  ApiError WrongScope(const HttpRequest& request, const std::string& reason) const override;

 private:
  const FindRegion find_region_;
  const ActionTable actions_;
  RequestLimits limits_;
};

}  // namespace localcloud
