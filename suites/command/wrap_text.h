// Breaks text into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace suites {

// Returns `text` in lines of at most `width` columns, broken at spaces. Every line after the first
// is indented by `indent` spaces. A word longer than that gets its own line. The result does not
// end with a line end.
std::string Wrap(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace suites
