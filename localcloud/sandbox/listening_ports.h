// Finds the TCP ports that a guest listens on.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace localcloud {

// Returns the ports with a listener that `addresses` ("127.x.y.z") reach: a listener on one of
// them, or on all addresses, IPv6 included. `socket` comes from SandboxEntry::DiagnosticSocket and
// selects the network. Asks the kernel through sock_diag(7), which visits only listeners and takes
// about 20 us; reading /proc/net/tcp takes milliseconds. Throws std::runtime_error.
std::set<std::uint16_t> ListeningPorts(int socket, const std::vector<std::string>& addresses);

}  // namespace localcloud
