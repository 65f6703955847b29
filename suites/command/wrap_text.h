// Text in lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace suites {

// `text` in lines of at most `width` columns, broken at spaces, each after the first with `indent`
// spaces before it. A longer word has a line of its own. No line end at the end.
std::string Wrap(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace suites
