#include "localcloud/admission.h"

#include <algorithm>

#include "localcloud/region.h"
#include "localcloud/resources.h"

namespace localcloud {
namespace {

template <typename Matches>
bool HasGroup(const Region& region, const NetworkInterface& interface, const Matches& matches) {
  return std::ranges::any_of(interface.group_ids, [&](const std::string& group_id) {
    const auto group = region.security_groups.find(group_id);
    return group != region.security_groups.end() && matches(*group->second);
  });
}

}  // namespace

bool Admits(const Region& region, const NetworkInterface& interface, const std::string& source,
            std::uint16_t port) {
  const Peer peer = region.PeerAt(source);
  return HasGroup(region, interface,
                  [&](const SecurityGroup& group) { return group.Admits(peer, port); });
}

bool AdmitsSsh(const Region& region, const NetworkInterface& interface) {
  const Peer host = region.PeerAt("127.0.0.1");
  return HasGroup(region, interface, [&](const SecurityGroup& group) {
    return group.Admits(host, region.services.ssh_port) || group.Admits(host, 22);
  });
}

bool AdmitsBesideSsh(const Region& region, const NetworkInterface& interface) {
  return HasGroup(region, interface, [&](const SecurityGroup& group) {
    return group.AdmitsBeside({22, region.services.ssh_port});
  });
}

bool HasInternetRoute(const Region& region, const NetworkInterface& interface) {
  const auto subnet = region.subnets.find(interface.subnet_id);
  return subnet != region.subnets.end() && region.HasInternetRoute(*subnet->second);
}

}  // namespace localcloud
