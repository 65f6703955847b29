#include "localcloud/services.h"

#include <algorithm>

#include "localcloud/ec2/api/ec2_service.h"
#include "localcloud/instance_connect/instance_connect.h"
#include "localcloud/s3/s3_service.h"
#include "localcloud/service_quotas/service_quotas.h"
#include "localcloud/sqs/sqs_service.h"
#include "localcloud/ssm/parameter_store.h"
#include "localcloud/sts/security_token_service.h"

namespace localcloud {
namespace {

using ServicePtr = std::unique_ptr<Service>;

FindRegion RegionsOf(Cloud* cloud) {
  return [cloud](const std::string& name) { return cloud->FindRegion(name); };
}

ServicePtr MakeEc2(Cloud* cloud) {
  return std::make_unique<Ec2Service>(RegionsOf(cloud), cloud->options().time_scale);
}
ServicePtr MakeSts(Cloud* cloud) {
  return std::make_unique<SecurityTokenService>(cloud->account_id(), &cloud->session_keys(),
                                                [cloud] { return cloud->Now(); });
}
ServicePtr MakeSsm(Cloud* /*cloud*/) { return std::make_unique<ParameterStore>(); }
ServicePtr MakeInstanceConnect(Cloud* cloud) {
  return std::make_unique<InstanceConnect>(RegionsOf(cloud));
}
ServicePtr MakeQuotas(Cloud* cloud) { return std::make_unique<ServiceQuotas>(RegionsOf(cloud)); }
ServicePtr MakeS3(Cloud* cloud) { return std::make_unique<S3Service>(&cloud->objects()); }
ServicePtr MakeSqs(Cloud* cloud) { return std::make_unique<SqsService>(&cloud->queues()); }

// One line per service.
constexpr struct {
  ServicePtr (*make)(Cloud* cloud);
  std::vector<std::string> (*operations)();
} kServices[] = {
    {MakeEc2, Ec2Service::OperationNames},
    {MakeSts, SecurityTokenService::OperationNames},
    {MakeSsm, ParameterStore::OperationNames},
    {MakeInstanceConnect, InstanceConnect::OperationNames},
    {MakeQuotas, ServiceQuotas::OperationNames},
    {MakeS3, S3Service::OperationNames},
    {MakeSqs, SqsService::OperationNames},
};

}  // namespace

std::vector<ServicePtr> MakeServices(Cloud* cloud) {
  std::vector<ServicePtr> services;
  for (const auto& service : kServices) services.push_back(service.make(cloud));
  return services;
}

const std::vector<std::string>& ActionNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& service : kServices) {
      for (const std::string& name : service.operations()) all.push_back(name);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }();
  return names;
}

}  // namespace localcloud
