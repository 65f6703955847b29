// Under which address this machine appears to AWS.
#pragma once

#include <optional>
#include <string>

namespace aws {

// AWS's own service for it: answers an unsigned GET with the address and a newline.
inline constexpr char kCallerAddressUrl[] = "https://checkip.amazonaws.com/";

// Asks it. Returns an IPv4 address, the one that machines see if they are called at public IPv4
// addresses. Throws Error.
std::string CallerAddress(const std::string& url = kCallerAddressUrl);

// Returns the address from which this machine's kernel sends to `address` (numeric, IPv4 or IPv6),
// without sending anything; nothing if there is no route. What a translator on the way makes of it
// is not known here: IPv6 is rarely translated, IPv4 mostly.
std::optional<std::string> AddressTowards(const std::string& address);

}  // namespace aws
