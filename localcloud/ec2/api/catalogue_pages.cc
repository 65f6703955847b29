#include "localcloud/ec2/api/catalogue_pages.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace localcloud {

std::uint64_t CataloguePosition(const std::string& id) {
  constexpr std::size_t kDigits = 16;
  std::uint64_t position = 0;
  const char* const end = id.data() + id.size();
  std::from_chars(end - std::min(id.size(), kDigits), end, position, 16);
  return position;
}

}  // namespace localcloud
