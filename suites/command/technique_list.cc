#include "suites/command/technique_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>

#include "fixtures/fleet/fleet_variants.h"
#include "suites/command/nearest_name.h"

namespace suites {
namespace {

constexpr std::array kTechniques = std::to_array<Technique>({
    {"Cold", "a new machine without any preparation: the baseline"},
    {"WarmPool/Ssh", "a running machine gets a new key over SSH"},
    {"WarmPool/InstanceConnect", "a running machine gets a new key through the API"},
    {"WarmPool/TagClaim", "a running machine of a shared pool, claimed by tags"},
    {"StartStopped", "a stopped machine is started"},
    {"Hibernate", "a hibernated machine is resumed"},
    {"PreEni", "cold, with a network interface made beforehand"},
    {"MinimalAmi", "cold, from an image without cloud-init and agents"},
    {"RebakedAmi", "cold, from a rebaked image with nothing removed: MinimalAmi's control"},
    {"CustomInit", "cold, from an image with an init unit instead of cloud-init"},
    {"EbsSize/<GiB>", "cold, with a root volume of that size (--ebs_sizes)"},
    {"InstanceType/<type>", "cold, of that type (--instance_types)"},
    {"AvailabilityZone/<zone>", "cold, in that zone (--availability_zones)"},
    {"Region/<region>", "cold, in that region (--region=a,b,...)"},
    {"Burst/<n>", "n machines at once (--burst_sizes)"},
    {"Hybrid/pool:<k>/burst:<n>",
     "n requesters at once, k of them served by a pool "
     "(--hybrid_sizes)"},
    {"Instrument/Watcher", "a cold launch as launch_bench sees it"},
    {"Instrument/AwsCliWaiter", "a cold launch as the AWS CLI's waiter sees it"},
    {"Fleet/<variant>", "a whole benchmark fleet, plain or with an optimization (docs/fleet.md)"},
});

// The rest of the library's name, after the technique's.
constexpr char kRestOfName[] = "/iterations:1/manual_time";

// Returns full names, and each beginning of one that ends before a '/'.
std::vector<std::string> NamesToSuggest(const std::vector<std::string>& registered) {
  std::vector<std::string> names = registered;
  for (const std::string& variant : fixtures::fleet::VariantNames())
    names.push_back("Fleet/" + variant);
  const std::size_t full = names.size();
  for (std::size_t i = 0; i < full; ++i) {
    const std::string name = names[i];  // a copy: the vector grows
    for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1))
      names.push_back(name.substr(0, slash));
    // "Ssh" stands for "WarmPool/Ssh".
    if (const auto slash = name.rfind('/'); slash != std::string::npos)
      names.push_back(name.substr(slash + 1));
  }
  return names;
}

std::vector<std::string_view> PartsOf(std::string_view name) {
  std::vector<std::string_view> parts;
  for (std::size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/')) {
    parts.push_back(name.substr(0, slash));
    name.remove_prefix(slash + 1);
  }
  parts.push_back(name);
  return parts;
}

// Returns true if `name` starts with `beginning`. Ignores case.
bool StartsLike(std::string_view name, std::string_view beginning) {
  return EditDistance(name.substr(0, beginning.size()), beginning) == 0;
}

// Returns true if each part of `word` shortens a part of `name`: "Warm/Ssh" for "WarmPool/Ssh",
// "Hybrid/2/4" for "Hybrid/pool:2/burst:4".
bool IsShortFor(std::string_view word, std::string_view name) {
  return std::ranges::equal(PartsOf(word), PartsOf(name), [](auto part, auto whole) {
    return StartsLike(whole, part) || whole.substr(whole.find(':') + 1) == part;
  });
}

// Suggests the filter with '/' for each '$', if that matches. A full name continues after the
// technique's name, so '$' does not match there.
std::string SuggestWithoutEnds(std::string filter, const std::vector<std::string>& registered) {
  if (filter.find('$') == std::string::npos) return "";
  std::ranges::replace(filter, '$', '/');
  try {
    const std::regex expression(filter, std::regex_constants::extended);
    const auto matched = std::ranges::find_if(registered, [&](const std::string& name) {
      return std::regex_search(name + kRestOfName, expression);
    });
    if (matched == registered.end()) return "";
    return fmt::format(" (the full name is {}{}); did you mean --benchmark_filter={}?", *matched,
                       kRestOfName, filter);
  } catch (const std::regex_error&) {  // the library refuses it
    return "";
  }
}

constexpr std::string_view kSpecial = "^$()[]{}|*+?\\";

}  // namespace

std::span<const Technique> Techniques() { return kTechniques; }

std::string SuggestFilter(const std::string& filter, const std::vector<std::string>& registered,
                          bool some_match) {
  const auto names = NamesToSuggest(registered);
  const std::size_t first = filter.starts_with('-') ? 1 : 0;  // "all but"
  for (std::size_t at = first; at < filter.size();) {
    const std::size_t begin = filter.find_first_not_of(kSpecial, at);
    if (begin == std::string::npos) break;
    const std::size_t end = std::min(filter.find_first_of(kSpecial, begin), filter.size());
    std::string word = filter.substr(begin, end - begin);
    while (word.ends_with('/')) word.pop_back();
    const bool known = std::ranges::any_of(names, [&](const std::string& name) {
      return some_match ? name.find(word) != std::string::npos : name == word;
    });
    if (!known) {
      const auto longer = std::ranges::find_if(names, [&](const std::string& name) {
        return word.find('/') != std::string::npos && IsShortFor(word, name);
      });
      std::string suggestion = longer == names.end()
                                   ? DidYouMean(word, names, "--benchmark_filter=")
                                   : fmt::format("; did you mean --benchmark_filter={}?", *longer);
      if (!suggestion.empty()) return suggestion;
    }
    at = end;
  }
  return some_match ? "" : SuggestWithoutEnds(filter, registered);
}

}  // namespace suites
