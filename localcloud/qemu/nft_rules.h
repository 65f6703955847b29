// The firewall of the private network, as text for `nft -f -`. Each text is one transaction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "localcloud/machine/ingress_rule.h"

namespace localcloud {

struct GuestRules {
  std::string device;       // of the tap: "guest1"
  std::string mac_address;  // "02:00:00:00:00:01"
  std::string private_address;
  std::vector<std::string> public_addresses;
  std::uint16_t endpoint_port = 0;  // 0: none
  std::vector<IngressRule> ingress;
};

// What holds for all guests. Replaces what an earlier process left in the namespace.
std::string CommonRules();
std::string RemoveCommonRules();

// A guest's own rules. They follow CommonRules(), and the device must exist. Throws
// std::runtime_error if an address or a range of a rule is malformed.
std::string AddGuestRules(const GuestRules& guest);
std::string RemoveGuestRules(const GuestRules& guest);
std::string ReplaceIngressRules(const GuestRules& guest);

}  // namespace localcloud
