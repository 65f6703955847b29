#include "localcloud/qemu/nft_rules.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <regex>
#include <stdexcept>

#include "localcloud/qemu/private_network.h"

namespace localcloud {
namespace {

// Every text that goes into a rule is checked, so that none can add rules of its own.
void RequireIpv4Address(const std::string& address) {
  in_addr parsed{};
  if (inet_pton(AF_INET, address.c_str(), &parsed) != 1)
    throw std::runtime_error("'" + address + "' is not an IPv4 address");
}

void RequireIpv4Range(const std::string& cidr) {
  const auto slash = cidr.find('/');
  RequireIpv4Address(cidr.substr(0, slash));
  if (slash == std::string::npos) return;
  int bits = -1;
  const char* const end = cidr.data() + cidr.size();
  const auto [rest, error] = std::from_chars(cidr.data() + slash + 1, end, bits);
  if (error != std::errc() || rest != end || bits < 0 || bits > 32)
    throw std::runtime_error("'" + cidr + "' is not a range of IPv4 addresses");
}

void CheckGuest(const GuestRules& guest) {
  static const std::regex kMacAddress("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}");
  if (!std::regex_match(guest.mac_address, kMacAddress))
    throw std::runtime_error("'" + guest.mac_address + "' is not a MAC address");
  RequireIpv4Address(guest.private_address);
  for (const std::string& address : guest.public_addresses) RequireIpv4Address(address);
}

std::string IngressLines(const GuestRules& guest) {
  std::string lines;
  for (const IngressRule& rule : guest.ingress) {
    RequireIpv4Range(rule.cidr);
    if (rule.first_port > rule.last_port) continue;  // admits nothing
    lines += fmt::format("add rule ip localcloud {} ip saddr {} tcp dport {}-{} accept\n",
                         guest.device, rule.cidr, rule.first_port, rule.last_port);
  }
  return lines;
}

// `verb` is "add" or "delete".
std::string GuestElements(const std::string& verb, const GuestRules& guest) {
  std::string lines;
  const auto element = [&](const std::string& set, const std::string& value) {
    lines += fmt::format("{} element ip localcloud {} {{ {} }}\n", verb, set, value);
  };
  element("guests", fmt::format("\"{}\" : jump {}", guest.device, guest.device));
  if (guest.endpoint_port != 0)
    element("endpoints", fmt::format("\"{}\" . {}", guest.device, guest.endpoint_port));
  for (const std::string& address : guest.public_addresses)
    element("private_address_of", address + " : " + guest.private_address);
  if (!guest.public_addresses.empty())
    element("public_address_of", guest.private_address + " : " + guest.public_addresses.front());
  return lines;
}

}  // namespace

std::string CommonRules() {
  // Rules are checked after all translation, in one place for connections from the host and from
  // other guests (postrouting). A packet that is dropped there is lost without a message, also one
  // of this host's own connections: its connect() waits, as for any packet lost on the way.
  return R"(add table ip localcloud
delete table ip localcloud
add table netdev localcloud
delete table netdev localcloud
table netdev localcloud {
}
table ip localcloud {
  map private_address_of { type ipv4_addr : ipv4_addr; }
  map public_address_of { type ipv4_addr : ipv4_addr; }
  map guests { type ifname : verdict; }
  set endpoints { type ifname . inet_service; }

  chain arriving {
    type nat hook prerouting priority -100;
    dnat to ip daddr map @private_address_of
  }
  chain leaving {
    type nat hook output priority -100;
    dnat to ip daddr map @private_address_of
  }
  # A guest that uses the public address of a guest comes from its own public address.
  chain sources {
    type nat hook postrouting priority 100;
    ct status dnat snat to ip saddr map @public_address_of
  }

  chain to_host {
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    iifname != "guest*" drop
    ip daddr 169.254.169.254 tcp dport 80 accept
    udp sport 68 udp dport 67 accept
    ip daddr )" +
         std::string(kHostAddress) + R"( iifname . tcp dport @endpoints accept
  }
  chain between {
    type filter hook forward priority 0; policy drop;
    iifname "guest*" oifname "guest*" accept
  }
  chain to_guests {
    type filter hook postrouting priority 110; policy accept;
    # Addresses of this cloud that no guest has are routed to lo.
    oif lo fib daddr type != local drop
    oifname != "guest*" accept
    ct state established,related accept
    fib saddr type local udp sport 67 udp dport 68 accept
    ct state != new drop
    oifname vmap @guests
    drop
  }
}
)";
}

std::string RemoveCommonRules() {
  return "delete table ip localcloud\ndelete table netdev localcloud\n";
}

std::string AddGuestRules(const GuestRules& guest) {
  CheckGuest(guest);
  // First, what the guest may send at all: its own addresses, and the search for a DHCP server.
  std::string text = fmt::format(
      R"(add chain netdev localcloud {0} {{ type filter hook ingress device "{0}" priority -300; policy drop; }}
add rule netdev localcloud {0} ether saddr != {1} drop
add rule netdev localcloud {0} arp saddr ether {1} arp saddr ip {{ 0.0.0.0, {2} }} accept
add rule netdev localcloud {0} ip saddr {2} accept
add rule netdev localcloud {0} ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
add chain ip localcloud {0}
)",
      guest.device, guest.mac_address, guest.private_address);
  return text + IngressLines(guest) + GuestElements("add", guest);
}

std::string RemoveGuestRules(const GuestRules& guest) {
  return GuestElements("delete", guest) + fmt::format(R"(flush chain ip localcloud {0}
delete chain ip localcloud {0}
flush chain netdev localcloud {0}
delete chain netdev localcloud {0}
)",
                                                      guest.device);
}

std::string ReplaceIngressRules(const GuestRules& guest) {
  return "flush chain ip localcloud " + guest.device + "\n" + IngressLines(guest);
}

}  // namespace localcloud
