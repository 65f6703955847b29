// Patterns of AWS's filters and of the local cloud's faults.
#pragma once

#include <string_view>

namespace localcloud {

// '*' stands for any text, '?' for one character; a backslash takes the next character as it is.
bool MatchesWildcard(std::string_view pattern, std::string_view text);

}  // namespace localcloud
