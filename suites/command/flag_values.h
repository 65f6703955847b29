// Values of flags, as users write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace suites {

// Whether `argument` is `--name` or `--name=...`.
bool StartsFlag(std::string_view argument, std::string_view name);

// "--name" of "--name" and of "--name=value".
std::string FlagName(std::string_view argument);

// `arguments` without `--name=value`, and without `--name value`.
std::vector<std::string> WithoutFlag(const std::vector<std::string>& arguments,
                                     std::string_view name);

// Machines of one Burst or Hybrid benchmark, at most.
inline constexpr int kMostTogether = 1000;

// A whole number from 1 to `most`. `where` starts the message of the UsageError that is thrown for
// others.
int PositiveCount(const std::string& text, std::string_view where, int most);

// Why `text` is no number from `least` to `most` in decimal notation ("nan", "0x10" and "1e400" are
// none); empty if it is one. For flags that CLI11 converts: it would take all three.
std::string RefuseAsNumber(const std::string& text, double least, double most);

// The same for whole numbers: digits only, and no leading zero, which CLI11 reads as octal.
std::string RefuseAsWholeNumber(const std::string& text, std::uint64_t least, std::uint64_t most);

// Why `text` is none of `words`, with the nearest; empty if it is one.
std::string RefuseAsWord(const std::string& text, const std::vector<std::string>& words);

// Whether `text` is a word for true or false: true, false, yes, no, on, off, 1, 0.
bool IsTruthWord(std::string_view text);

// Whether `text` is an address and the length of its prefix: 203.0.113.7/32, 2001:db8::/64.
bool IsAddressBlock(const std::string& text);

// 100, 100ms, 1.5s, 2m: a bare number is in `unit`. Throws UsageError.
std::chrono::milliseconds ParseDuration(const std::string& flag, const std::string& text,
                                        std::string_view unit);

}  // namespace suites
