#include "localcloud/loop/uuid.h"

#include <array>
#include <cstddef>

#include "localcloud/loop/hex.h"
#include "localcloud/loop/random_bytes.h"

namespace localcloud {

std::string NewUuid() {
  std::array<unsigned char, 16> bytes{};
  FillRandom(bytes);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text = Hex(bytes);
  for (const std::size_t position : {20U, 16U, 12U, 8U}) text.insert(position, 1, '-');
  return text;
}

}  // namespace localcloud
