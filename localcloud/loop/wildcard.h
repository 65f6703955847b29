// The wildcard patterns of AWS's filters and of the local cloud's faults.
#pragma once

#include <string_view>

namespace localcloud {

// Returns true if `pattern` matches the whole of `text`. '*' matches any text, '?' any one
// character; a backslash makes the next character literal.
bool MatchesWildcard(std::string_view pattern, std::string_view text);

}  // namespace localcloud
