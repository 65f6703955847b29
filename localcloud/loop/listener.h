// Listening sockets of a booting machine.
#pragma once

#include <cstdint>
#include <string>

#include "localcloud/loop/owned_fd.h"

namespace localcloud {

// A TCP socket bound to `address` ("127.x.y.z") and `port`, not listening yet: SYNs are answered
// with RST. Throws std::system_error, naming both, and std::runtime_error where there is no such
// address.
OwnedFd BindAddress(const std::string& address, std::uint16_t port);
// The same at a port that a ReservedPort of this process keeps, which nobody else can bind.
// REQUIRES: no other socket is bound to both; the kernel would divide the connections.
OwnedFd BindReserved(const std::string& address, std::uint16_t port);

// From now on the socket drops whatever arrives, SYNs included, and answers nothing: it asks for
// packets that have not passed a single router (IP_MINTTL 255, RFC 5082), and no client sends such.
// Needs no privileges. (A full accept queue would do the same, but there is a moment before it is
// full, and the connections that fill it stay behind; socket filters are refused to plain users by
// some kernels.) Before StartListening() there is then no moment in which a connection could come
// about. Throws std::system_error.
void DropEverything(int socket);

// Throws std::system_error.
void StartListening(int socket);

}  // namespace localcloud
