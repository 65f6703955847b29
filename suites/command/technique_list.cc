#include "suites/command/technique_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>

#include "fixtures/fleet/fleet_variants.h"
#include "suites/command/nearest_name.h"
#include "suites/command/shell_command.h"

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

// Names that a user may write, and the full name or family that each one stands for.
struct NameTable {
  std::vector<std::string> written;
  std::vector<std::string> meant;  // in the same order

  void Add(const std::string& one, const std::string& meaning) {
    written.push_back(one);
    meant.push_back(meaning);
  }
};

// Returns the names of all techniques. Fleets may not be registered.
std::vector<std::string> FullNames(const std::vector<std::string>& registered) {
  std::vector<std::string> names = registered;
  for (const std::string& variant : fixtures::fleet::VariantNames()) {
    const std::string name = "Fleet/" + variant;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

// Returns full names, each beginning of one that ends before a '/', and the last part of each:
// "Ssh" stands for "WarmPool/Ssh".
NameTable NamesToSuggest(const std::vector<std::string>& full) {
  NameTable names{full, full};
  for (const std::string& name : full) {
    for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1))
      names.Add(name.substr(0, slash), name.substr(0, slash));
    if (const auto slash = name.rfind('/'); slash != std::string::npos)
      names.Add(name.substr(slash + 1), name);
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

// Returns true if `word` is somewhere in `name`. Ignores case.
bool IsPartOf(std::string_view word, std::string_view name) {
  for (std::size_t at = 0; at + word.size() <= name.size(); ++at) {
    if (StartsLike(name.substr(at), word)) return true;
  }
  return false;
}

// A shorter word is a part of too many names.
constexpr std::size_t kShortestPart = 3;

// Returns the name that `word` probably means; empty if there is none.
std::string MeaningOf(const std::string& word, const NameTable& names) {
  const auto meaning_of = [&](const auto found) {
    return names.meant.at(static_cast<std::size_t>(found - names.written.begin()));
  };
  if (word.find('/') != std::string::npos) {
    const auto longer = std::ranges::find_if(
        names.written, [&](const std::string& name) { return IsShortFor(word, name); });
    if (longer != names.written.end()) return meaning_of(longer);
  }
  if (const std::string nearest = NearestName(word, names.written); !nearest.empty())
    return meaning_of(std::ranges::find(names.written, nearest));
  if (word.size() < kShortestPart) return "";
  // The shortest one: "WarmPool" for "warm".
  auto shortest = names.written.end();
  for (auto name = names.written.begin(); name != names.written.end(); ++name) {
    const bool shorter = shortest == names.written.end() || name->size() < shortest->size();
    if (shorter && IsPartOf(word, *name)) shortest = name;
  }
  return shortest == names.written.end() ? "" : meaning_of(shortest);
}

// Returns the first of `full` that the filter selects; empty if there is none.
std::string MatchOf(const std::string& filter, const std::vector<std::string>& full) {
  try {
    const std::regex expression(filter, std::regex_constants::extended);
    const auto matched = std::ranges::find_if(full, [&](const std::string& name) {
      return std::regex_search(name + kRestOfName, expression);
    });
    return matched == full.end() ? "" : *matched;
  } catch (const std::regex_error&) {  // the library refuses it
    return "";
  }
}

// Returns the filter with '/' for each '$'. A full name continues after the technique's name, so
// '$' does not match there.
std::string WithoutEnds(std::string filter) {
  std::ranges::replace(filter, '$', '/');
  return filter;
}

// Returns the filter for a list of names: "Cold|PreEni" for "Cold, PreEni".
std::string WithBars(const std::string& filter) {
  std::string bars;
  for (const char c : filter) {
    const bool separates = c == ',' || c == ' ';
    if (!separates) bars += c;
    if (separates && !bars.empty() && !bars.ends_with('|')) bars += '|';
  }
  while (bars.ends_with('|')) bars.pop_back();
  return bars;
}

std::string DidYouMeanFilter(const std::string& filter) {
  return fmt::format("; did you mean --benchmark_filter={}?", ShellWord(filter));
}

// Characters that end a word: those of regular expressions, and those between the words of a list.
constexpr std::string_view kSpecial = "^$()[]{}|*+?\\, ";

// A filter whose misspelt words were replaced.
struct Repaired {
  std::string filter;
  std::string first;  // the first replacement; empty if no word is misspelt
};

Repaired Repair(const std::string& filter, const NameTable& names, bool some_match) {
  Repaired repaired;
  std::size_t copied = 0;
  for (std::size_t at = filter.starts_with('-') ? 1 : 0; at < filter.size();) {  // "-": all but
    const std::size_t begin = filter.find_first_not_of(kSpecial, at);
    if (begin == std::string::npos) break;
    at = std::min(filter.find_first_of(kSpecial, begin), filter.size());
    std::string word = filter.substr(begin, at - begin);
    while (word.ends_with('/')) word.pop_back();
    const bool known = std::ranges::any_of(names.written, [&](const std::string& name) {
      return some_match ? name.find(word) != std::string::npos : name == word;
    });
    const std::string meaning = known ? "" : MeaningOf(word, names);
    if (meaning.empty()) continue;
    repaired.filter += filter.substr(copied, begin - copied) + meaning;
    copied = begin + word.size();
    if (repaired.first.empty()) repaired.first = meaning;
  }
  repaired.filter += filter.substr(copied);
  return repaired;
}

}  // namespace

std::span<const Technique> Techniques() { return kTechniques; }

std::string SuggestFilter(const std::string& filter, const std::vector<std::string>& registered,
                          bool some_match) {
  const auto full = FullNames(registered);
  const Repaired repaired = Repair(filter, NamesToSuggest(full), some_match);
  const bool misspelt = !repaired.first.empty();
  if (some_match) return misspelt ? DidYouMeanFilter(repaired.filter) : "";
  if (misspelt && !MatchOf(repaired.filter, full).empty()) return DidYouMeanFilter(repaired.filter);
  const std::string open = WithoutEnds(repaired.filter);
  if (const std::string matched = MatchOf(open, full); open != filter && !matched.empty()) {
    const std::string why =
        misspelt ? "" : fmt::format(" (the full name is {}{})", matched, kRestOfName);
    return why + DidYouMeanFilter(open);
  }
  const std::string bars = WithBars(repaired.filter);
  if (bars != filter && !MatchOf(bars, full).empty()) return DidYouMeanFilter(bars);
  return misspelt ? DidYouMeanFilter(repaired.first) : "";
}

}  // namespace suites
