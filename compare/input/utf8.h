// Reads UTF-8 (RFC 3629: no overlong forms, no surrogates).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace launch_compare {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: the text does not start with UTF-8
};

// Returns the first code point of `text`. Requires: `text` is not empty.
CodePoint DecodeUtf8(std::string_view text);

}  // namespace launch_compare
