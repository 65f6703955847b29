#include "aws/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace aws {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: the text does not start with UTF-8
};

// Returns the first code point of `text` (RFC 3629: no overlong forms, no surrogates). Requires:
// `text` is not empty.
CodePoint Decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t bytes = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (byte(0) < 0xc0 || byte(0) > 0xf4 || text.size() < bytes) return {};
  std::uint32_t value = byte(0) & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kLeast[bytes] || value > 0x10ffff || surrogate) return {};
  return {value, bytes};
}

// Returns true for control characters and for characters that reorder, hide or separate text.
bool MustBeEscaped(std::uint32_t c) {
  constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 11> kRanges = {{
      {0x00, 0x1f},
      {0x7f, 0x9f},
      {0x61c, 0x61c},      // Arabic letter mark
      {0x200b, 0x200b},    // zero width space
      {0x200e, 0x200f},    // left-to-right and right-to-left mark
      {0x2028, 0x202e},    // line and paragraph separators, embeddings, overrides
      {0x2060, 0x206f},    // invisible operators, isolates, deprecated format characters
      {0xfeff, 0xfeff},    // zero width no-break space
      {0xfff9, 0xfffb},    // interlinear annotations
      {0xfffe, 0xffff},    // noncharacters, illegal in XML
      {0xe0000, 0xe007f},  // tags
  }};
  return std::any_of(kRanges.begin(), kRanges.end(),
                     [&](const auto& range) { return c >= range.first && c <= range.second; });
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    std::string piece(text.substr(0, c.bytes));
    if (c.bytes == 0 || (c.value < 0x80 && MustBeEscaped(c.value))) {
      piece = fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (MustBeEscaped(c.value)) {
      piece = fmt::format("\\u{:04x}", c.value);
    }
    if (out.size() + piece.size() > kLongestText) return out + "…";
    out += piece;
    text.remove_prefix(std::max<std::size_t>(c.bytes, 1));
  }
  return out;
}

}  // namespace aws
