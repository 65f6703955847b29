// Digests of text, as AWS's protocols write them.
#pragma once

#include <string>
#include <string_view>

namespace localcloud {

// Both return lower-case hexadecimal text.
std::string Md5Hex(std::string_view data);
std::string Sha256Hex(std::string_view data);

}  // namespace localcloud
