#include "suites/command/flag_values.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "suites/command/command_line.h"
#include "suites/command/nearest_name.h"

namespace suites {

bool StartsFlag(std::string_view argument, std::string_view name) {
  return argument.starts_with("--") && argument.substr(2).starts_with(name) &&
         (argument.size() == name.size() + 2 || argument[name.size() + 2] == '=');
}

std::string FlagName(std::string_view argument) {
  return std::string(argument.substr(0, argument.find('=')));
}

std::vector<std::string> WithoutFlag(const std::vector<std::string>& arguments,
                                     std::string_view name) {
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!StartsFlag(arguments[i], name)) {
      rest.push_back(arguments[i]);
    } else if (arguments[i].find('=') == std::string::npos) {
      ++i;
    }
  }
  return rest;
}

int PositiveCount(const std::string& text, std::string_view where, int most) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count < 1 || count > most) {
    throw UsageError(
        fmt::format("{} must be a whole number from 1 to {}, not '{}'", where, most, text));
  }
  return count;
}

std::string RefuseAsNumber(const std::string& text, double least, double most) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && value >= least && value <= most) return "";  // never true of NaN
  return fmt::format("must be a number from {} to {}, not '{}'", least, most, text);
}

std::string RefuseAsWholeNumber(const std::string& text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  const bool octal = text.size() > 1 && text.front() == '0';
  if (whole && !octal && value >= least && value <= most) return "";
  return fmt::format("must be a whole number from {} to {}, not '{}'", least, most, text);
}

std::string RefuseAsWord(const std::string& text, const std::vector<std::string>& words) {
  if (std::ranges::find(words, text) != words.end()) return "";
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i)
    list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return fmt::format("must be {}, not '{}'{}", list, text, DidYouMean(text, words));
}

bool IsTruthWord(std::string_view text) {
  constexpr std::array<std::string_view, 8> kWords = {"true", "false", "yes", "no",
                                                      "on",   "off",   "1",   "0"};
  return std::ranges::find(kWords, text) != kWords.end();
}

bool IsAddressBlock(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return false;
  const std::string address = text.substr(0, slash);
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const bool v4 = inet_pton(AF_INET, address.c_str(), bytes.data()) == 1;
  if (!v4 && inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return false;
  return RefuseAsWholeNumber(text.substr(slash + 1), 0, v4 ? 32 : 128).empty();
}

std::chrono::milliseconds ParseDuration(const std::string& flag, const std::string& text,
                                        std::string_view unit) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (suffix.empty()) suffix = unit;
  double factor = 0;
  if (suffix == "ms") factor = 1;
  if (suffix == "s") factor = 1000;
  if (suffix == "m" || suffix == "min") factor = 60'000;
  // At most ten days: a longer time is a typing error, and the product must not overflow.
  if (error != std::errc{} || factor == 0 || !(value >= 0 && value * factor <= 864'000'000)) {
    throw UsageError(
        fmt::format("{} must be a duration such as 100ms, 1.5s or 5m, not '{}'", flag, text));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(value * factor));
}

}  // namespace suites
