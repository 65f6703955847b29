// Listening sockets of a booting machine.
#pragma once

#include <cstdint>
#include <string>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

// Returns a TCP socket that is bound to `address` ("127.x.y.z") and `port` but does not listen yet:
// the kernel answers SYNs with RST. Throws std::system_error, with the address and port, if binding
// fails, and std::runtime_error if `address` is not an IPv4 address.
OwnedFd BindAddress(const std::string& address, std::uint16_t port);
// The same, for a port that a ReservedPort of this process keeps, so that no other process can bind
// it. Requires: no other socket is bound to both, because the kernel would divide the connections.
OwnedFd BindReserved(const std::string& address, std::uint16_t port);

// Makes the socket drop every incoming packet, SYNs included, without an answer. It accepts only
// packets that have passed no router at all (IP_MINTTL 255, RFC 5082), and no client sends such
// packets. Needs no privileges. If called before StartListening(), no connection can slip in
// between. Throws std::system_error.
//
// The alternatives are worse. A full accept queue drops packets too, but it takes a moment to fill,
// and the connections that fill it remain. Some kernels refuse socket filters to unprivileged
// users.
void DropEverything(int socket);

// Throws std::system_error.
void StartListening(int socket);

}  // namespace localcloud
