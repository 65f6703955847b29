// A network namespace without a free local port, in which connect(2) really fails with
// EADDRNOTAVAIL.
#pragma once

#include <cstdint>

namespace test_support {

// The port of a listener on 127.0.0.1 there. It has accepted one connection, which holds the only
// local port, 40000.
inline constexpr std::uint16_t kPortlessListener = 50000;

// Moves the calling process into such a network. It cannot return, so call this in a child process.
// Requires: the process has one thread. Returns false if this system does not allow it.
bool EnterPortlessNetwork();
// Returns true if a child process could enter such a network. Some containers do not allow it.
bool CanUsePortlessNetwork();

}  // namespace test_support
