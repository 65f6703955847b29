// Evaluates the rules of security groups.
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "localcloud/ec2/state/resources.h"

namespace localcloud {
namespace {

// Both must be of the same address family. A block of one family contains no address of the other:
// 0.0.0.0/0 admits no IPv6.
bool Contains(const std::string& cidr, const std::string& ip) {
  const std::size_t slash = cidr.find('/');
  const int family = ip.find(':') == std::string::npos ? AF_INET : AF_INET6;
  unsigned char network[16];
  unsigned char address[16];
  int bits = family == AF_INET ? 32 : 128;
  if (inet_pton(family, cidr.substr(0, slash).c_str(), network) != 1 ||
      inet_pton(family, ip.c_str(), address) != 1) {
    return false;
  }
  if (slash != std::string::npos) {
    std::from_chars(cidr.data() + slash + 1, cidr.data() + cidr.size(), bits);
  }
  for (int bit = 0; bit < bits; ++bit) {
    const int mask = 0x80 >> (bit % 8);
    if ((network[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
  }
  return true;
}

}  // namespace

bool SecurityGroup::Admits(const Peer& peer, std::uint16_t port) const {
  const auto from = [&](const IpPermission& rule) {
    const auto& groups = peer.group_ids;
    if (rule.cidr.empty()) {
      return std::find(groups.begin(), groups.end(), rule.source_group) != groups.end();
    }
    return std::any_of(peer.addresses.begin(), peer.addresses.end(),
                       [&](const std::string& ip) { return Contains(rule.cidr, ip); });
  };
  return std::any_of(ingress.begin(), ingress.end(), [&](const IpPermission& rule) {
    const bool any_port = rule.protocol == "-1";
    const bool this_port = rule.protocol == "tcp" && rule.from_port <= port && port <= rule.to_port;
    return (any_port || this_port) && from(rule);
  });
}

bool SecurityGroup::AdmitsBeside(const std::set<std::int64_t>& ports) const {
  return std::any_of(ingress.begin(), ingress.end(), [&](const IpPermission& rule) {
    if (rule.protocol == "-1") return true;
    return rule.protocol == "tcp" &&
           !(rule.from_port == rule.to_port && ports.contains(rule.from_port));
  });
}

}  // namespace localcloud
