// Bytes as hexadecimal text.
#pragma once

#include <span>
#include <string>

namespace localcloud {

// Returns two lower-case digits for each byte.
std::string Hex(std::span<const unsigned char> bytes);

}  // namespace localcloud
