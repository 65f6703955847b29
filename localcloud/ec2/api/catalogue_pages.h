// Pages of a large catalogue. EC2 cuts them before it applies filters.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/state/resources.h"

namespace localcloud {

// Returns the position of a resource among others of its kind. EC2 scatters them, so it depends on
// the id.
std::uint64_t CataloguePosition(const std::string& id);

// Reduces `chosen` to the requested page, before any filter: filters may then leave nothing
// although a next page follows. Returns the next page's token; empty on the last page. Throws
// ApiError.
template <typename T>
std::string TakeUnfilteredPage(const QueryParameters& parameters, std::int64_t min_results,
                               ResourceMap<T>* chosen) {
  if (!parameters.GetInt("MaxResults")) return "";  // all on one page
  // Ascending, because ids of one kind differ only in hexadecimal digits.
  std::vector<std::uint64_t> positions;
  for (const auto& [id, resource] : *chosen) positions.push_back(CataloguePosition(id));
  const Page page = FindPage(parameters, positions, min_results);
  const auto begin = chosen->begin();
  *chosen = {std::next(begin, static_cast<std::ptrdiff_t>(page.begin)),
             std::next(begin, static_cast<std::ptrdiff_t>(page.end))};
  return page.next_token;
}

}  // namespace localcloud
