// A network in which connect(2) finds no local port: EADDRNOTAVAIL, for real.
#pragma once

#include <cstdint>

namespace test_support {

// Somebody listens there on 127.0.0.1, and has accepted whoever holds the only local port, 40000.
inline constexpr std::uint16_t kPortlessListener = 50000;

// Moves the calling process into such a network, for good: for a child. It must have one thread.
// Returns false if this system does not allow it.
bool EnterPortlessNetwork();
// Whether a child could; some containers allow no new network.
bool CanUsePortlessNetwork();

}  // namespace test_support
