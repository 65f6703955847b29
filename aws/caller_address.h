// Under which address this machine appears to AWS.
#pragma once

#include <string>

namespace aws {

// Asks AWS's own service for it (https://checkip.amazonaws.com, unsigned). Returns an IPv4 or IPv6
// address. Throws Error.
std::string CallerAddress();

}  // namespace aws
