#include "localcloud/ec2/api/filters.h"

#include <fmt/format.h>

#include <charconv>

#include "localcloud/http/api_error.h"
#include "localcloud/loop/wildcard.h"

namespace localcloud {
namespace {

constexpr std::string_view kTagPrefix = "tag:";
constexpr std::string_view kTokenPrefix = "page-after-";

}  // namespace

std::vector<Filter> ReadFilters(const QueryParameters& parameters) {
  // EC2's own limits: 50 filters, 200 values together.
  constexpr std::size_t kMaxFilters = 50;
  constexpr std::size_t kMaxValues = 200;
  std::vector<Filter> filters;
  std::size_t values = 0;
  for (const QueryParameters& structure : parameters.GetStructures("Filter")) {
    Filter filter{structure.Get("Name"), structure.GetList("Value")};
    if (filter.name.empty()) {
      throw ApiError("InvalidParameterValue", "The filter name must not be empty");
    }
    if (filter.values.empty()) {
      throw ApiError("InvalidParameterValue",
                     "The filter '" + filter.name + "' must have at least one value");
    }
    values += filter.values.size();
    filters.push_back(std::move(filter));
  }
  if (filters.size() > kMaxFilters || values > kMaxValues) {
    throw ApiError("FilterLimitExceeded",
                   "A call may have at most 50 filters, with at most 200 values together");
  }
  return filters;
}

bool IsTagFilter(const Filter& filter) {
  return filter.name.starts_with(kTagPrefix) || filter.name == "tag-key" ||
         filter.name == "tag-value";
}

bool MatchesTagFilter(const Filter& filter, const Tags& tags) {
  std::vector<std::string> values;
  if (filter.name.starts_with(kTagPrefix)) {
    const auto tag = tags.find(filter.name.substr(kTagPrefix.size()));
    if (tag == tags.end()) return false;
    values.push_back(tag->second);
  } else {
    for (const auto& [key, value] : tags) values.push_back(filter.name == "tag-key" ? key : value);
  }
  return MatchesAny(filter, values);
}

bool MatchesAny(const Filter& filter, const std::vector<std::string>& values) {
  for (const std::string& pattern : filter.values) {
    for (const std::string& value : values) {
      if (MatchesWildcard(pattern, value)) return true;
    }
  }
  return false;
}

void ThrowUnknownFilter(const std::string& name) {
  throw ApiError("InvalidParameterValue", fmt::format("The filter '{}' is invalid", name));
}

void RefusePagesOfIds(const QueryParameters& parameters, const std::vector<std::string>& ids,
                      const char* set) {
  if (ids.empty() || !parameters.GetInt("MaxResults")) return;
  throw ApiError("InvalidParameterCombination",
                 fmt::format("The parameter {} cannot be used with the parameter maxResults", set));
}

Page FindPage(const QueryParameters& parameters, const std::vector<std::uint64_t>& ordinals,
              std::int64_t min_results, std::int64_t max_results) {
  Page page;
  const std::string token = parameters.Get("NextToken");
  if (!token.empty()) {
    std::uint64_t last = 0;
    const std::size_t skip = token.starts_with(kTokenPrefix) ? kTokenPrefix.size() : token.size();
    const char* const end = token.data() + token.size();
    const auto [stop, error] = std::from_chars(token.data() + skip, end, last, 16);
    if (error != std::errc() || stop != end) {
      throw ApiError("InvalidParameterValue", "Unable to parse pagination token");
    }
    page.begin = static_cast<std::size_t>(std::upper_bound(ordinals.begin(), ordinals.end(), last) -
                                          ordinals.begin());
  }
  const auto wanted = parameters.GetInt("MaxResults");
  if (wanted && (*wanted < min_results || *wanted > max_results)) {
    throw ApiError("InvalidParameterValue",
                   fmt::format("Value ( {} ) for parameter maxResults is invalid. Expecting a "
                               "value between {} and {}.",
                               *wanted, min_results, max_results));
  }
  const auto size = static_cast<std::size_t>(wanted.value_or(kMostResults));
  page.end = std::min(ordinals.size(), page.begin + size);
  if (page.end < ordinals.size()) {
    page.next_token = fmt::format("{}{:x}", kTokenPrefix, ordinals[page.end - 1]);
  }
  return page;
}

}  // namespace localcloud
