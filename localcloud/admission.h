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
// Whether a group lets this host in to SSH, at port 22 or at the one that stands for it.
bool AdmitsSsh(const Region& region, const NetworkInterface& interface);
// Whether a group lets anybody in anywhere else.
bool AdmitsBesideSsh(const Region& region, const NetworkInterface& interface);
bool HasInternetRoute(const Region& region, const NetworkInterface& interface);

}  // namespace localcloud
