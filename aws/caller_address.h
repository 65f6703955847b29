// The address of this machine as AWS sees it.
#pragma once

#include <optional>
#include <string>

namespace aws {

// AWS's own service for this. It answers an unsigned GET with the address and a newline.
inline constexpr char kCallerAddressUrl[] = "https://checkip.amazonaws.com/";

// Asks that service. Returns an IPv4 address: the source address of connections to public IPv4
// addresses of machines. Throws Error.
std::string CallerAddress(const std::string& url = kCallerAddressUrl);

// Returns the source address that this machine's kernel uses towards `address` (numeric, IPv4 or
// IPv6). Returns nothing if there is no route. Sends nothing. A NAT on the way may replace the
// address: it mostly does for IPv4, and rarely for IPv6.
std::optional<std::string> AddressTowards(const std::string& address);

}  // namespace aws
