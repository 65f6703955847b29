// Under which address this machine appears to AWS.
#pragma once

#include <string>

namespace aws {

// AWS's own service for it: answers an unsigned GET with the address and a newline.
inline constexpr char kCallerAddressUrl[] = "https://checkip.amazonaws.com/";

// Asks it. Returns an IPv4 or IPv6 address. Throws Error.
std::string CallerAddress(const std::string& url = kCallerAddressUrl);

}  // namespace aws
