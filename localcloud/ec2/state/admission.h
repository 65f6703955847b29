// What reaches a network interface, by its security groups and its subnet's routes.
#pragma once

#include <cstdint>
#include <string>

namespace localcloud {

struct NetworkInterface;
class Region;

// All from the event loop's thread only.

// Whether a group lets `source` ("127.x.y.z") in at `port`.
bool Admits(const Region& region, const NetworkInterface& interface, const std::string& source,
            std::uint16_t port);
// Whether groups and routes let this host in to SSH, at port 22 or at the one that stands for it,
// if it connects to `address`: the interface's private one, its IPv6 one (as the machine listens,
// ListenerOf), or else a public one. This host counts as what a caller in the default VPC is: to
// private addresses it comes from a private one of that VPC (its last but one), to public ones from
// 127.0.0.1, to IPv6 ones from ::ffff:127.0.0.1. Other VPCs' private addresses lead nowhere.
bool AdmitsSsh(const Region& region, const NetworkInterface& interface, const std::string& address);
// Whether a group lets anybody in anywhere else.
bool AdmitsBesideSsh(const Region& region, const NetworkInterface& interface);

}  // namespace localcloud
