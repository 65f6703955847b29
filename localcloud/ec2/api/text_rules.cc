#include "localcloud/ec2/api/text_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "localcloud/http/api_error.h"

namespace localcloud {
namespace {

constexpr std::size_t kMostGroupText = 255;
constexpr std::string_view kGroupMarks = " ._-:/()#,@[]+=&;{}!$*";
constexpr std::string_view kImageNameMarks = " ()[]./-'@_";

bool IsAsciiLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool HasOnly(const std::string& text, std::string_view marks) {
  return std::ranges::all_of(text, [&](char c) {
    return IsAsciiLetterOrDigit(c) || marks.find(c) != std::string_view::npos;
  });
}

void RequireGroupText(const std::string& text, const std::string& what) {
  if (text.size() <= kMostGroupText && HasOnly(text, kGroupMarks)) return;
  throw ApiError("InvalidParameterValue",
                 fmt::format("Invalid {0}. Valid {0}s are strings less than 256 characters from "
                             "the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*",
                             what));
}

}  // namespace

void RequireGroupName(const std::string& name) {
  if (name.starts_with("sg-")) {
    throw ApiError(
        "InvalidParameterValue",
        fmt::format("Invalid security group name '{}': it must not start with 'sg-'", name));
  }
  RequireGroupText(name, "security group name");
}

void RequireGroupDescription(const std::string& description) {
  RequireGroupText(description, "security group description");
}

void RequireRuleDescription(const std::string& description) {
  RequireGroupText(description, "rule description");
}

void RequireImageName(const std::string& name) {
  constexpr std::size_t kFewest = 3;
  constexpr std::size_t kMost = 128;
  if (name.size() >= kFewest && name.size() <= kMost && HasOnly(name, kImageNameMarks)) return;
  throw ApiError("InvalidAMIName.Malformed",
                 "AMI names must be between 3 and 128 characters long, and may contain letters, "
                 "numbers, spaces, and ( ) [ ] . / - ' @ _");
}

std::size_t CountCharacters(const std::string& text) {
  const auto starts_one = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_one));
}

}  // namespace localcloud
