// The filters (Filter.N) of describe calls, and the pages of their answers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "localcloud/ec2/state/resources.h"
#include "localcloud/http/query_parameters.h"

namespace localcloud {

struct Filter {
  std::string name;
  std::vector<std::string> values;  // one of them must match
};

// Reads Filter.N.Name and Filter.N.Value.M. Throws ApiError.
std::vector<Filter> ReadFilters(const QueryParameters& parameters);

// For each filter name that a describe call accepts: a function that returns a resource's values.
template <typename T>
using FilterTable =
    std::map<std::string, std::function<std::vector<std::string>(const T&)>, std::less<>>;

// tag:<key>, tag-key and tag-value: the filters that every tagged resource has.
bool IsTagFilter(const Filter& filter);
bool MatchesTagFilter(const Filter& filter, const Tags& tags);
bool MatchesAny(const Filter& filter, const std::vector<std::string>& values);
// Throws ApiError(InvalidParameterValue).
[[noreturn]] void ThrowUnknownFilter(const std::string& name);

// Returns the visible resources that match all filters, in the order of their creation. Throws
// ApiError for a filter that is not in the table, even if there are no resources.
template <typename T>
std::vector<std::shared_ptr<T>> Select(const std::map<std::string, std::shared_ptr<T>>& resources,
                                       const std::vector<Filter>& filters,
                                       const FilterTable<T>& table) {
  for (const Filter& filter : filters) {
    if (!IsTagFilter(filter) && !table.contains(filter.name)) ThrowUnknownFilter(filter.name);
  }
  std::vector<std::shared_ptr<T>> selected;
  for (const auto& [id, resource] : resources) {
    bool matches = resource->is_visible();
    for (const Filter& filter : filters) {
      matches =
          matches && (IsTagFilter(filter) ? MatchesTagFilter(filter, resource->indexed_tags())
                                          : MatchesAny(filter, table.at(filter.name)(*resource)));
    }
    if (matches) selected.push_back(resource);
  }
  std::sort(selected.begin(), selected.end(),
            [](const auto& a, const auto& b) { return a->ordinal < b->ordinal; });
  return selected;
}

// The largest MaxResults. kMostOfFew applies to DescribeInstanceTypes and DescribeRouteTables. From
// the EC2 API reference of each call.
constexpr std::int64_t kMostResults = 1000;
constexpr std::int64_t kMostOfFew = 100;

struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string next_token;  // empty on the last page
};

// Returns the range of resources on the page that MaxResults and NextToken request. `ordinals` are
// those of all resources, ascending. MaxResults must be between `min_results` and `max_results`.
// Throws ApiError.
Page FindPage(const QueryParameters& parameters, const std::vector<std::uint64_t>& ordinals,
              std::int64_t min_results, std::int64_t max_results = kMostResults);

// Throws ApiError if MaxResults is combined with ids. `set` is EC2's name for these ids
// ("instancesSet").
void RefusePagesOfIds(const QueryParameters& parameters, const std::vector<std::string>& ids,
                      const char* set);

// Reduces `selected` to the requested page. Returns the next page's token; empty on the last page.
template <typename T>
std::string TakePage(const QueryParameters& parameters, std::int64_t min_results,
                     std::vector<std::shared_ptr<T>>* selected,
                     std::int64_t max_results = kMostResults) {
  std::vector<std::uint64_t> ordinals;
  for (const auto& resource : *selected) ordinals.push_back(resource->ordinal);
  const Page page = FindPage(parameters, ordinals, min_results, max_results);
  *selected = {selected->begin() + static_cast<std::ptrdiff_t>(page.begin),
               selected->begin() + static_cast<std::ptrdiff_t>(page.end)};
  return page.next_token;
}

}  // namespace localcloud
