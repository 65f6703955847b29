#include "localcloud/tools_answer.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "localcloud/cloud.h"
#include "localcloud/ec2/state/instance.h"
#include "localcloud/model/truth.h"

namespace localcloud {
namespace {

// Lists the resources that the account has created, even if faults hide them from API calls.
std::string AccountJson(Cloud& cloud) {
  nlohmann::ordered_json regions = nlohmann::ordered_json::object();
  for (const std::string& name : RegionNames()) {
    const Region& region = *cloud.FindRegion(name);
    nlohmann::ordered_json ids = nlohmann::ordered_json::array();
    const auto add = [&ids](const auto& resources, const auto& of_the_account) {
      for (const auto& [id, resource] : resources) {
        if (of_the_account(*resource)) ids.push_back(id);
      }
    };
    const auto all = [](const auto&) { return true; };
    add(region.instances, [](const Instance& instance) {
      return instance.state() != InstanceState::kShuttingDown &&
             instance.state() != InstanceState::kTerminated;
    });
    add(region.images, [](const Image& image) { return !image.is_public; });
    add(region.snapshots, all);
    add(region.volumes, all);
    add(region.key_pairs, all);
    add(region.security_groups, [](const SecurityGroup& g) { return g.name != "default"; });
    add(region.interfaces, [](const NetworkInterface& n) { return n.instance_id.empty(); });
    add(region.addresses, all);
    const auto in_default_vpc = [&region](const std::string& vpc_id) {
      const auto vpc = region.vpcs.find(vpc_id);
      return vpc != region.vpcs.end() && vpc->second->is_default;
    };
    add(region.subnets, [&](const Subnet& s) { return !in_default_vpc(s.vpc_id); });
    add(region.internet_gateways,
        [&](const InternetGateway& g) { return !in_default_vpc(g.vpc_id); });
    add(region.route_tables, [](const RouteTable& t) { return t.main_association.empty(); });
    add(region.vpcs, [](const Vpc& vpc) { return !vpc.is_default; });
    for (const std::string& queue : cloud.queues().QueueNames(name)) ids.push_back(queue);
    regions[name] = ids;
  }
  const nlohmann::ordered_json account = {{"regions", regions},
                                          {"buckets", cloud.objects().BucketNames()},
                                          {"faults", cloud.faults().hits()}};
  return account.dump();
}

}  // namespace

HttpResponse ToolsAnswer(Cloud& cloud, const std::string& path) {
  HttpResponse response;
  response.content_type = "application/json";
  if (path == "/_localcloud/truth") {
    response.body = cloud.truth().Json();
  } else if (path == "/_localcloud/info") {
    const CloudOptions& options = cloud.options();
    nlohmann::ordered_json rtt_ms;
    for (const std::string& region : RegionNames()) {
      rtt_ms[region] = std::chrono::duration<double, std::milli>(cloud.RoundTrip(region)).count();
    }
    const bool modelled = options.machines.empty();
    nlohmann::ordered_json info{
        {"cloud", "localcloud"},
        {"latencies", modelled ? "modelled, not measured on AWS"
                               : "measured on virtual machines of this host, not on AWS"},
        {"profile", options.profile.name()},
        {"profile_description", options.profile.description()},
        {"time_scale", options.time_scale},
        {"seed", options.seed},
        {"rtt_ms", rtt_ms},
        {"ssh_port", options.ssh_port},
        {"client_address", options.client_address},
    };
    if (!modelled) info["machines"] = nlohmann::ordered_json::parse(options.machines);
    response.body = info.dump();
  } else if (path == "/_localcloud/account") {
    response.body = AccountJson(cloud);
  } else {
    response = {404, "text/plain", {}, "not found\n"};
  }
  return response;
}

}  // namespace localcloud
