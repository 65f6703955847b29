#include "localcloud/service_quotas/service_quotas.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace localcloud {
namespace {

using Json = nlohmann::json;

// Only one quota is modelled: the one that an account can reach here.
Json GetServiceQuota(const Region& region, const Json& request) {
  const std::string invalid = "IllegalArgumentException";
  const std::string service = RequireText(request, "ServiceCode", invalid);
  const std::string quota = RequireText(request, "QuotaCode", invalid);
  if (service != "ec2" || quota != "L-1216C47A") {
    throw ApiError("NoSuchResourceException",
                   "The request failed because the specified quota does not exist.");
  }
  return {{"Quota",
           {{"ServiceCode", "ec2"},
            {"ServiceName", "Amazon Elastic Compute Cloud (Amazon EC2)"},
            {"QuotaArn", fmt::format("arn:aws:servicequotas:{}:{}:ec2/{}", region.name,
                                     region.services.account_id, quota)},
            {"QuotaCode", quota},
            {"QuotaName", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"},
            {"Value", static_cast<double>(region.latencies.standard_vcpus)},
            {"Unit", "None"},
            {"Adjustable", true},
            {"GlobalQuota", false}}}};
}

}  // namespace

ServiceQuotas::ServiceQuotas(FindRegion find_region)
    : JsonService("servicequotas",
                  {{"ServiceQuotasV20190624.GetServiceQuota",
                    [find = std::move(find_region)](const Json& request, const ServiceCall& call) {
                      return GetServiceQuota(*find(call.region), request);
                    }}}) {}

std::vector<std::string> ServiceQuotas::OperationNames() { return {"GetServiceQuota"}; }

}  // namespace localcloud
