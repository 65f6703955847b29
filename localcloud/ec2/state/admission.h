// Decides which connections reach a network interface, from its security groups and its subnet's
// routes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "localcloud/machine/ingress_rule.h"

namespace localcloud {

struct NetworkInterface;
class Region;

// Use these functions from the event loop's thread only.

// Returns true if a group admits `source` ("127.x.y.z") at `port`.
bool Admits(const Region& region, const NetworkInterface& interface, const std::string& source,
            std::uint16_t port);
// Returns true if groups and routes admit this host to SSH at `address`. The port is 22 or the one
// that stands for it. `address` is the interface's private address, its IPv6 address (in the form
// ListenerOf returns) or a public one.
//
// This host counts as a caller in the default VPC. To private addresses it comes from a private
// address of that VPC (the last but one), to public ones from CloudServices::client_address, to
// IPv6 ones from ::ffff:127.0.0.1. It cannot reach the private addresses of other VPCs.
bool AdmitsSsh(const Region& region, const NetworkInterface& interface, const std::string& address);
// Returns true if a group admits any client at any other port.
bool AdmitsBesideSsh(const Region& region, const NetworkInterface& interface);
// Returns the TCP rules of the groups (IPv4). An interface of this region that a rule admits as a
// member of a group, or by its subnet's CIDR, is spelled out by its private address.
std::vector<IngressRule> IngressOf(const Region& region, const NetworkInterface& interface);

}  // namespace localcloud
