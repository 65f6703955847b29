// Pages of a large catalogue, which EC2 cuts before it filters.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "localcloud/ec2/api/filters.h"
#include "localcloud/ec2/state/resources.h"

namespace localcloud {

// Where EC2 keeps a resource among others of its kind: scattered, by its id.
std::uint64_t CataloguePosition(const std::string& id);

// Cuts `chosen` down to the page asked for, before any filter: what is left after filters may be
// nothing though a next page follows. Returns its token; empty: the last page. Throws ApiError.
template <typename T>
std::string TakeUnfilteredPage(const QueryParameters& parameters, std::int64_t min_results,
                               ResourceMap<T>* chosen) {
  if (!parameters.GetInt("MaxResults")) return "";  // all at once
  std::vector<std::uint64_t> positions;  // ascending: ids of a kind differ in hexadecimal digits
  for (const auto& [id, resource] : *chosen) positions.push_back(CataloguePosition(id));
  const Page page = FindPage(parameters, positions, min_results);
  const auto begin = chosen->begin();
  *chosen = {std::next(begin, static_cast<std::ptrdiff_t>(page.begin)),
             std::next(begin, static_cast<std::ptrdiff_t>(page.end))};
  return page.next_token;
}

}  // namespace localcloud
