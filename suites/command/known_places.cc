#include "suites/command/known_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <vector>

#include "suites/command/command_line.h"
#include "suites/command/nearest_name.h"

namespace suites {
namespace {

// "Regions and Zones" of the Amazon EC2 User Guide, 2025.
const std::vector<std::string>& Regions() {
  static const std::vector<std::string> regions{
      "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2",      "af-south-1",
      "ap-east-1",      "ap-east-2",      "ap-south-1",     "ap-south-2",     "ap-northeast-1",
      "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
      "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",
      "ca-west-1",      "eu-central-1",   "eu-central-2",   "eu-west-1",      "eu-west-2",
      "eu-west-3",      "eu-south-1",     "eu-south-2",     "eu-north-1",     "il-central-1",
      "me-central-1",   "me-south-1",     "mx-central-1",   "sa-east-1",      "us-gov-east-1",
      "us-gov-west-1",  "cn-north-1",     "cn-northwest-1"};
  return regions;
}

// Common families and sizes, from "Instance types" of the same guide. If several are equally near
// to a misspelt name, the first is suggested.
const std::vector<std::string>& Families() {
  static const std::vector<std::string> families{
      "t3",   "t3a",      "t2",  "t4g", "m7i",  "m7i-flex", "m7a",  "m7g", "m8i", "m8g",
      "m6i",  "m6id",     "m6a", "m6g", "m5",   "m5a",      "m5d",  "m5n", "c7i", "c7a",
      "c7g",  "c7i-flex", "c8i", "c8g", "c6i",  "c6id",     "c6in", "c6a", "c6g", "c5",
      "c5a",  "c5d",      "c5n", "r7i", "r7a",  "r7g",      "r8i",  "r8g", "r6i", "r6a",
      "r6g",  "r5",       "r5a", "r5d", "x2gd", "i3",       "i4i",  "i7i", "i8g", "d3",
      "g4dn", "g5",       "g6",  "p4d", "p5",   "hpc7a",    "hpc7g"};
  return families;
}

const std::vector<std::string>& Sizes() {
  static const std::vector<std::string> sizes{
      "nano",     "micro",    "small",    "medium",   "large",   "xlarge",   "2xlarge",
      "3xlarge",  "4xlarge",  "6xlarge",  "8xlarge",  "9xlarge", "12xlarge", "16xlarge",
      "18xlarge", "24xlarge", "32xlarge", "48xlarge", "metal"};
  return sizes;
}

bool IsKnown(const std::string& name, const std::vector<std::string>& names) {
  return std::ranges::find(names, name) != names.end();
}

const std::vector<std::string>& Directions() {
  static const std::vector<std::string> directions{"north",     "south",     "east",
                                                   "west",      "central",   "northeast",
                                                   "northwest", "southeast", "southwest"};
  return directions;
}

}  // namespace

void RefuseMisspeltRegion(const std::string& region) {
  static const std::regex kRegion("([a-z]+(?:-gov|-iso[a-z]*)?)-([a-z]+)(-[0-9]+)?");
  std::smatch parts;
  if (IsKnown(region, Regions()) || !std::regex_match(region, parts, kRegion)) return;
  const bool is_direction = IsKnown(parts[2], Directions());
  const std::string direction =
      is_direction ? parts[2].str() : NearestName(parts[2].str(), Directions());
  if (direction.empty() || (is_direction && parts[3].matched)) return;
  const std::string number = parts[3].matched ? parts[3].str() : "-1";
  throw UsageError(fmt::format("--region: there is no region '{}'; did you mean {}-{}{}?", region,
                               parts[1].str(), direction, number));
}

void RefuseMisspeltInstanceType(const std::string& flag, const std::string& type) {
  const auto dot = type.find('.');
  if (dot == std::string::npos) return;
  const std::string size = type.substr(dot + 1);
  // New sizes contain numbers ("metal-24xl"), so a size without a number is a known one or
  // misspelt.
  const bool is_word = std::ranges::all_of(size, [](char c) { return c >= 'a' && c <= 'z'; });
  if (!is_word || IsKnown(size, Sizes())) return;
  const std::string meant = NearestInstanceType(type);
  if (meant.empty()) return;
  throw UsageError(
      fmt::format("{}: there is no instance type '{}'; did you mean {}?", flag, type, meant));
}

std::string NearestRegion(const std::string& message) {
  static const std::regex kRegion("\\b[a-z]{2,3}(-gov|-iso[a-z]*)?-[a-z]+-[0-9]+\\b");
  for (std::sregex_iterator it(message.begin(), message.end(), kRegion), end; it != end; ++it) {
    const std::string name = it->str();
    if (!IsKnown(name, Regions())) return NearestName(name, Regions());
  }
  return "";
}

std::string NearestInstanceType(const std::string& message) {
  static const std::regex kType("([a-z][a-z0-9-]{1,11})\\.([a-z0-9]{1,12})\\b");
  std::smatch type;
  if (!std::regex_search(message, type, kType)) return "";
  const auto nearest = [](const std::string& word, const std::vector<std::string>& names) {
    return IsKnown(word, names) ? word : NearestName(word, names);
  };
  const std::string family = nearest(type[1], Families());
  const std::string size = nearest(type[2], Sizes());
  const std::string meant = family + "." + size;
  return family.empty() || size.empty() || meant == type[0] ? "" : meant;
}

}  // namespace suites
