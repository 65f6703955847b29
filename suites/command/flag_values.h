// Values of flags, as users write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace suites {

// Returns true if `argument` is `--name` or `--name=...`.
bool StartsFlag(std::string_view argument, std::string_view name);

// Returns "--name" for "--name" and for "--name=value".
std::string FlagName(std::string_view argument);

// Returns `arguments` without `--name=value` and `--name value`.
std::vector<std::string> WithoutFlag(const std::vector<std::string>& arguments,
                                     std::string_view name);

// The most machines of one Burst or Hybrid benchmark.
inline constexpr int kMostTogether = 1000;

// Returns `text` as a whole number from 1 to `most`. Throws UsageError if it is anything else; the
// message starts with `where`.
int PositiveCount(const std::string& text, std::string_view where, int most);

// Returns why `text` is not a decimal number from `least` to `most`; returns an empty text if it is
// one. Refuses "nan", "0x10" and "1e400", which CLI11 would accept.
std::string RefuseAsNumber(const std::string& text, double least, double most);

// The same for whole numbers. Accepts digits only, and no leading zero, because CLI11 reads that as
// octal.
std::string RefuseAsWholeNumber(const std::string& text, std::uint64_t least, std::uint64_t most);

// Returns why `text` is not one of `words`, and names the nearest; returns an empty text if it is
// one.
std::string RefuseAsWord(const std::string& text, const std::vector<std::string>& words);

// Returns true if `text` is a truth value: true, false, yes, no, on, off, 1 or 0.
bool IsTruthWord(std::string_view text);

// Returns true if `text` is an address block in CIDR notation: 203.0.113.7/32, 2001:db8::/64.
bool IsAddressBlock(const std::string& text);

// Reads a duration: 100, 100ms, 1.5s, 2m. A number without a unit is in `unit`. Throws UsageError,
// which names `flag`, if `text` is not a duration.
std::chrono::milliseconds ParseDuration(const std::string& flag, const std::string& text,
                                        std::string_view unit);

}  // namespace suites
