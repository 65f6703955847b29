#include "localcloud/ec2/state/admission.h"

#include <algorithm>

#include "localcloud/ec2/state/region.h"
#include "localcloud/ec2/state/resources.h"

namespace localcloud {
namespace {

template <typename Matches>
bool HasGroup(const Region& region, const NetworkInterface& interface, const Matches& matches) {
  return std::ranges::any_of(interface.group_ids, [&](const std::string& group_id) {
    const auto group = region.security_groups.find(group_id);
    return group != region.security_groups.end() && matches(*group->second);
  });
}

bool HasInternetRoute(const Region& region, const NetworkInterface& interface) {
  const auto subnet = region.subnets.find(interface.subnet_id);
  return subnet != region.subnets.end() && region.HasInternetRoute(*subnet->second);
}

// In the default VPC's /16, outside all subnets.
constexpr char kCallerInVpc[] = ".255.254";

}  // namespace

bool Admits(const Region& region, const NetworkInterface& interface, const std::string& source,
            std::uint16_t port) {
  const Peer peer = region.PeerAt(source);
  return HasGroup(region, interface,
                  [&](const SecurityGroup& group) { return group.Admits(peer, port); });
}

bool AdmitsSsh(const Region& region, const NetworkInterface& interface,
               const std::string& address) {
  const std::string& caller = region.services.client_address;
  Peer host{{caller}, {}};
  if (address == interface.private_ip) {
    const Vpc* const vpc = region.DefaultVpc();
    if (vpc == nullptr || vpc->id != interface.vpc_id) return false;
    host.addresses = {vpc->cidr.substr(0, vpc->cidr.find(".0.0/")) + kCallerInVpc};
  } else if (!interface.ipv6.empty() && address == ListenerOf(interface.ipv6)) {
    host.addresses = {kMappedPrefix + caller};
  } else if (!HasInternetRoute(region, interface)) {
    return false;
  }
  return HasGroup(region, interface, [&](const SecurityGroup& group) {
    return group.Admits(host, region.services.ssh_port) || group.Admits(host, 22);
  });
}

std::vector<IngressRule> IngressOf(const Region& region, const NetworkInterface& interface) {
  std::vector<IngressRule> rules;
  for (const std::string& group_id : interface.group_ids) {
    const auto group = region.security_groups.find(group_id);
    if (group == region.security_groups.end()) continue;
    for (const IpPermission& permission : group->second->ingress) {
      if (permission.protocol != "tcp" && permission.protocol != "-1") continue;
      const bool all = permission.protocol == "-1";
      IngressRule rule{permission.cidr, static_cast<std::uint16_t>(all ? 0 : permission.from_port),
                       static_cast<std::uint16_t>(all ? 65535 : permission.to_port)};
      const bool ipv4 = permission.cidr.find(':') == std::string::npos;
      if (!permission.cidr.empty() && ipv4) rules.push_back(rule);
      SecurityGroup alone;
      alone.ingress = {permission};
      for (const auto& [id, other] : region.interfaces) {
        if (!alone.Admits(region.PeerAt(other->private_ip), rule.first_port)) continue;
        rule.cidr = other->private_ip + "/32";
        rules.push_back(rule);
      }
    }
  }
  return rules;
}

bool AdmitsBesideSsh(const Region& region, const NetworkInterface& interface) {
  return HasGroup(region, interface, [&](const SecurityGroup& group) {
    return group.AdmitsBeside({22, region.services.ssh_port});
  });
}

}  // namespace localcloud
