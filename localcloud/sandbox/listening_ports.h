// Which TCP ports a guest listens on.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace localcloud {

// The ports on which the network of `socket` (SandboxEntry::DiagnosticSocket) has a listener that
// `addresses` ("127.x.y.z") reach: one of theirs, or one on all addresses, IPv6's included. Asks
// the kernel (sock_diag(7)), which looks at listeners only: some 20 us, where reading
// /proc/net/tcp takes milliseconds. Throws std::runtime_error.
std::set<std::uint16_t> ListeningPorts(int socket, const std::vector<std::string>& addresses);

}  // namespace localcloud
