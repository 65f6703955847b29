// EC2's rules for texts that callers choose: allowed characters and lengths. Source:
// CreateSecurityGroup, AuthorizeSecurityGroupIngress and CreateImage in the EC2 API reference.
#pragma once

#include <cstddef>
#include <string>

namespace localcloud {

// All throw ApiError.
void RequireGroupName(const std::string& name);
void RequireGroupDescription(const std::string& description);
void RequireRuleDescription(const std::string& description);
void RequireImageName(const std::string& name);

// `text` is UTF-8.
std::size_t CountCharacters(const std::string& text);

}  // namespace localcloud
