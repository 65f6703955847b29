// Values of flags, as users write them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace suites {

// Whether `argument` is `--name` or `--name=...`.
bool StartsFlag(std::string_view argument, std::string_view name);

// `arguments` without `--name=value`, and without `--name value`.
std::vector<std::string> WithoutFlag(const std::vector<std::string>& arguments,
                                     std::string_view name);

// A whole number from 1. `where` starts the message of the UsageError that is thrown for others.
int PositiveCount(const std::string& text, std::string_view where);

// 100, 100ms, 1.5s, 2m: a bare number is in `unit`. Throws UsageError.
std::chrono::milliseconds ParseDuration(const std::string& flag, const std::string& text,
                                        std::string_view unit);

}  // namespace suites
